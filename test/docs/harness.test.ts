import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildWorkspace, type Workspace } from './built-package.ts'
import { readPage } from './page.ts'
import { mismatches, programFile } from './program.ts'
import { type Findings, runPages } from './run-pages.ts'

const page = (...lines: readonly string[]): ReturnType<typeof readPage> =>
  readPage('page.md', lines.join('\n'))
const ts = (...code: readonly string[]): string => ['```ts', ...code, '```'].join('\n')
const output = (...text: readonly string[]): string => ['```text output', ...text, '```'].join('\n')

describe('a page', () => {
  it('is one program of its blocks and hidden setups, in order', () => {
    const { programs } = page('# Title', '<!-- setup', 'a', '-->', ts('b', 'c'), 'Prose.', ts('d'))
    expect(programs).toEqual([
      {
        pieces: [
          { code: 'a', line: 3 },
          { code: 'b\nc', line: 6 },
          { code: 'd', line: 11 },
        ],
      },
    ])
  })

  it('starts another program where a block or a setup says `new`', () => {
    const { programs } = page(
      ts('a'),
      '```ts new',
      'b',
      '```',
      '<!-- setup new',
      'c',
      '-->',
      ts('d'),
    )
    expect(programs.map(({ pieces }) => pieces.map(({ code }) => code))).toEqual([
      ['a'],
      ['b'],
      ['c', 'd'],
    ])
  })

  it('keeps a block that is not run to itself, with the reason', () => {
    const { programs } = page(ts('a'), '```ts no-run: it never ends', 'b', '```', ts('c'))
    expect(programs.map(({ noRun }) => noRun)).toEqual([undefined, 'it never ends', undefined])
  })

  it('ties an output to the block before it', () => {
    const { programs } = page(ts('a'), output('1', '2'))
    expect(programs[0]?.pieces[0]?.output).toEqual({ text: '1\n2', line: 5 })
  })

  it('leaves other blocks alone, and fences inside of longer fences', () => {
    const { programs } = page('```sh', 'npm ci', '```', '````md', ts('a'), '````', '```json', '```')
    expect(programs).toEqual([])
  })

  it.each([
    ['```typescript\na\n```', 'Write `ts`'],
    ['```js\na\n```', 'Write `ts`'],
    ['```ts skip\na\n```', 'may stand nothing'],
    ['```ts no-run\na\n```', 'may stand nothing'],
    ['```text output\na\n```', 'must follow the `ts` block'],
    [`${ts('a')}\n${output('1')}\n${output('2')}`, 'must follow the `ts` block'],
    ['```ts\na', 'page.md:1 opens a block that is never closed'],
  ])('is refused when it has %j', (markdown, message) => {
    expect(() => page(markdown)).toThrow(message)
  })
})

describe('a program', () => {
  const fileOf = (...blocks: readonly string[]): ReturnType<typeof programFile> =>
    programFile(page(...blocks).programs[0] ?? { pieces: [] })

  it('imports each name once', () => {
    const { source } = fileOf(
      ts("import { a } from 'x'", "import * as v from 'y' // all of it"),
      ts("import { a, b } from 'x'", "import * as v from 'y'", "import type { C } from 'x'"),
    )
    expect(source.match(/^import.*$/gm)).toEqual([
      "import { a, b } from 'x'",
      "import type { C } from 'x'",
      "import * as v from 'y'",
    ])
    expect(source).toContain('// all of it')
  })

  it('knows the line of the page for each of its own', () => {
    const { source, pageLine } = fileOf('# Title', ts("import { a } from 'x'", 'a()'), ts('b()'))
    const lines = source.split('\n')
    expect(pageLine[lines.indexOf('a()')]).toBe(4)
    expect(pageLine[lines.indexOf('b()')]).toBe(7)
  })

  it.each([
    ['run 0192', 'run …', true],
    ['run 0192', 'run 0192', true],
    ['run 0192', 'run', false],
    ['run 0192\nmore', 'run …', false],
    ['a\nb\nc\nd', 'a\n…\nd', true],
    ['a\nd', 'a\n…\nd', true],
    ['a\nb', 'a\n…\nd', false],
    ['a.b', 'a+b', false],
    ['a-b/c', 'a-b/c', true],
    ['a  \nb', 'a\nb', true],
  ])('that prints %j, where the page says %j: %s', (printed, expected, agrees) => {
    const [program] = page(ts('a'), output(expected)).programs
    expect(program && mismatches(program, printed).length === 0).toBe(agrees)
  })

  it('is compared block by block', () => {
    const [program] = page(ts('a'), output('1'), ts('b'), ts('c'), output('3')).programs
    expect(program && mismatches(program, '1\n\u001e2\n\u001e4\n\u001e')).toEqual([
      { line: 14, expected: '3', printed: '4' },
    ])
  })
})

describe('pages that are run', () => {
  let workspace: Workspace
  let findings: Findings
  const pages = [
    readPage(
      'right.md',
      `${ts("import * as varve from 'varve'", 'console.log(typeof varve)')}\n${output('object')}`,
    ),
    readPage('type.md', `\n\n${ts('const a: string = 1')}`),
    readPage('throws.md', ts('const a = 1', "if (a) throw new Error('as it must')")),
    readPage('prints.md', `${ts('console.log(1 + 1)')}\n${output('3')}`),
    readPage('compiled.md', "```ts no-run: it would fail\nthrow new Error('never')\n```"),
    readPage(
      'files.md',
      [
        ts("import { writeFileSync } from 'node:fs'", "writeFileSync('a.txt', 'kept')"),
        '```ts new',
        "import { readFileSync } from 'node:fs'",
        "console.log(readFileSync('a.txt', 'utf8'))",
        '```',
        output('kept'),
      ].join('\n'),
    ),
  ]

  beforeAll(async () => {
    workspace = await buildWorkspace()
    findings = await runPages(workspace, pages)
  }, 120_000)
  afterAll(() => workspace[Symbol.asyncDispose]())

  it('pass when they compile, run and print what they say', () => {
    expect(findings.get('right.md')).toEqual([])
  })
  it('fail with the line of the page when they do not compile', () => {
    expect(findings.get('type.md')).toEqual([
      "type.md:4 does not compile: error TS2322: Type 'number' is not assignable to type 'string'.",
    ])
  })
  it('fail when they throw', () => {
    expect(findings.get('throws.md')).toEqual([
      expect.stringMatching(/^throws\.md:2 ends with code 1: [\s\S]*as it must/),
    ])
  })
  it('fail when they print something else', () => {
    expect(findings.get('prints.md')).toEqual(['prints.md:5 says\n3\nbut the program prints\n2'])
  })
  it('are compiled only where they say so', () => {
    expect(findings.get('compiled.md')).toEqual([])
  })
  it('share a folder among the programs of one page', () => {
    expect(findings.get('files.md')).toEqual([])
  })
})
