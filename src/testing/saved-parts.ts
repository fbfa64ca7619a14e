import type { Projection } from '../kernel/projections/projection.ts'

/** Every part of a state, as a checkpoint has it. */
export const savedParts = <State>({ parts }: Projection<State>, state: State): unknown[] =>
  Array.from({ length: parts.count(state) }, (_, part) => parts.save(state, part))

/** The state that was saved. */
export const loadedFrom = <State>(
  { initial, parts }: Projection<State>,
  saved: readonly unknown[],
): State => {
  const state = initial()
  for (const part of saved) parts.load(state, part)
  return state
}
