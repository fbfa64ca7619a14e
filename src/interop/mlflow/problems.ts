import type { SourceProblem } from './source.ts'

/** Collects what could not be read; the same problem found in a second pass is listed once. */
export interface Problems {
  readonly list: readonly SourceProblem[]
  add(problem: SourceProblem): void
}

export const createProblems = (): Problems => {
  const list: SourceProblem[] = []
  const seen = new Set<string>()
  return {
    list,
    add: (problem) => {
      const identity = JSON.stringify([problem.file, problem.line ?? 0, problem.message])
      if (seen.has(identity)) return
      seen.add(identity)
      list.push(problem)
    },
  }
}

/** The sentence of whatever was thrown. */
export const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error)
