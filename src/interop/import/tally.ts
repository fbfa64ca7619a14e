import type { SourceProblem } from '../mlflow/index.ts'
import type { ImportCounts } from './summary.ts'

type Counts = { -readonly [Key in keyof ImportCounts]: ImportCounts[Key] }

const zero = (): Counts => ({
  experiments: 0,
  runs: 0,
  params: 0,
  metrics: 0,
  tags: 0,
  datasets: 0,
  artifacts: 0,
  loggedModels: 0,
  models: 0,
  versions: 0,
  transitions: 0,
  aliases: 0,
})

/** Adds up what an import does. */
export class Tally {
  readonly read = zero()
  readonly written = zero()
  /** What did not come in, beside what the reader of the source found. */
  readonly problems: SourceProblem[] = []
  clamped = 0
  events = 0
  readonly #database: string | undefined

  /** @param database - Name of the file that everything is in; `undefined` where each thing has its own. */
  constructor(database?: string) {
    this.#database = database
  }

  reads(counts: Partial<ImportCounts>): void {
    add(this.read, counts)
  }

  writes(counts: Partial<ImportCounts>): void {
    add(this.written, counts)
  }

  /** @param place - Where in the source the thing is, as a path. */
  refuse(place: string, message: string): void {
    const problem =
      this.#database === undefined
        ? { file: place, message }
        : { file: this.#database, message: `${place}: ${message}` }
    this.problems.push(problem)
  }
}

const add = (to: Counts, counts: Partial<ImportCounts>): void => {
  // `as`: Object.keys forgets the keys that the type states.
  for (const key of Object.keys(counts) as (keyof ImportCounts)[]) to[key] += counts[key] ?? 0
}

/** All of them together. */
export const sumOf = (counts: ImportCounts): number =>
  Object.values(counts).reduce((sum: number, count: number) => sum + count, 0)
