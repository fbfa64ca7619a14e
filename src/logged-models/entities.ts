import type { LoggedModelState } from './logged-model.fold.ts'
import { pointsOf } from './metric-points.ts'
import type { LoggedModel } from './model.ts'

/** A plain record whose keys may be anything, `__proto__` too. */
const recordOf = (pairs: Iterable<readonly [string, string]>): Record<string, string> => {
  const record: Record<string, string> = Object.create(null)
  for (const [key, value] of pairs) record[key] = value
  return record
}

/** A logged model as callers see it. */
export const loggedModelEntity = (state: LoggedModelState): LoggedModel => {
  const { experiment, params, tags, points, registrations, ...rest } = state
  return {
    ...rest,
    experimentId: experiment,
    params: recordOf(params),
    tags: recordOf(tags),
    metrics: pointsOf(points),
    registrations: registrations.map((registration) => ({ ...registration })),
  }
}
