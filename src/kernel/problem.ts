import type { Subject } from 'rxjs'

/** Something that went wrong where no caller could be told. */
export interface Problem {
  readonly error: unknown
  /** Where it happened: `projection deployments-per-day`, `observer of events`, `run 0192…`. */
  readonly where: string
  /** Position of the event at which it happened, when it was one. */
  readonly position?: number
}

/** The position that an error of varve's own names in its data. */
const positionIn = (error: unknown): number | undefined => {
  const data: unknown = error instanceof Error && 'data' in error ? error.data : undefined
  const found = typeof data === 'object' && data !== null && 'position' in data && data.position
  return typeof found === 'number' ? found : undefined
}

/** The problem that an error is; at the position that it names, unless another is given. */
export const problemOf = (
  error: unknown,
  where: string,
  position: number | undefined = positionIn(error),
): Problem => ({ error, where, ...(position === undefined ? {} : { position }) })

/** Takes what an observer threw, and at which position. */
export type Report = (error: unknown, position: number | undefined) => void

/** Hands faults on to whoever watches the problems of a store. */
export const reportTo =
  (problems: Subject<Problem>, where: string): Report =>
  (error, position) =>
    problems.next(problemOf(error, where, position))
