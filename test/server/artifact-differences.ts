/** Where artifacts are answered otherwise than by MLflow 3.17.2, by the number of the recorded request, and why. */
export const artifactDifferences: readonly {
  readonly why: string
  readonly lines: readonly number[]
}[] = [
  {
    why: 'answers 400 to a name that cannot be, where MLflow answers 500 and clients try again',
    lines: [523, 524, 545, 555, 561, 567, 573, 583],
  },
  {
    why: 'takes dot segments out of a path before it is looked at, as the URL standard says',
    lines: [532, 533, 536, 537, 542, 543, 556, 557, 562, 563, 740],
  },
  {
    why: 'refuses backslashes, which other systems take for slashes',
    lines: [526, 548, 549, 552, 553, 590, 591, 592, 593, 660, 661, 662],
  },
  {
    why: 'keeps a line feed in a name, escaped like every control character',
    lines: [584, 585],
  },
  {
    why: 'decodes a name once, and so keeps those that hold a percent sign',
    lines: [668, 696, 697],
  },
  {
    why: 'lists those names as it keeps them, and none with a backslash',
    lines: [636, 637, 639, 640, 670, 674, 675, 679],
  },
  {
    why: 'does not crash at a version whose files are elsewhere',
    lines: [1215],
  },
]
