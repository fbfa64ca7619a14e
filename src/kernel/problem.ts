/** Something that went wrong where no caller could be told. */
export interface Problem {
  readonly error: unknown
  /** Where it happened: `projection deployments-per-day`, `run 0192…`. */
  readonly where: string
}
