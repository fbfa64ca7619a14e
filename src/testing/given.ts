import { deepStrictEqual, throws } from 'node:assert/strict'
import { codeOf } from '../kernel/errors.ts'
import type { NewEvent, RecordedEvent } from '../kernel/events/event.ts'

/** What a decision is made against: where it starts, and what each event does to it. */
export interface Rules<State> {
  readonly initial: () => State
  /** Mutates the state. */
  readonly fold: (state: State, event: RecordedEvent) => void
}

/** The state that some events left. */
export interface Given<State> {
  /** Decides once, and keeps what came of it. */
  when(decide: (state: State, now: number) => readonly NewEvent[]): Decided
}

/** What a decision came to. */
export interface Decided {
  /** Throws unless exactly these events were decided, in this order. */
  then(...expected: readonly NewEvent[]): void
  /** Throws unless the decision was refused with this code; gives the error. */
  thenThrows(code: string): Error
}

const firstTime = Date.UTC(2026, 0, 1)

/** The events as a log would have recorded them, a second apart. */
const recorded = (events: readonly NewEvent[]): RecordedEvent[] => {
  const revisions = new Map<string, number>()
  return events.map(({ claimedAt, actor = 'given', ...event }, position) => {
    const revision = (revisions.get(event.stream) ?? -1) + 1
    revisions.set(event.stream, revision)
    const recordedAt = claimedAt ?? firstTime + position * 1000
    return { ...event, position, revision, schema: 1, recordedAt, actor }
  })
}

const outcomeOf = (decide: () => readonly NewEvent[]): (() => readonly NewEvent[]) => {
  try {
    const events = decide()
    return () => events
  } catch (error) {
    return () => {
      throw error
    }
  }
}

/**
 * Makes tests that read as rules: `given(…events).when((state) => decide(state, command)).then(…events)`, or
 * `.thenThrows('CODE')`. Needs no test runner.
 */
export const specification =
  <State>({ initial, fold }: Rules<State>): ((...events: readonly NewEvent[]) => Given<State>) =>
  (...events) => {
    const state = initial()
    for (const event of recorded(events)) fold(state, event)
    return {
      when: (decide) => {
        const outcome = outcomeOf(() => decide(state, firstTime + events.length * 1000))
        return {
          // biome-ignore lint/suspicious/noThenProperty: given, when, then are the words of the field.
          then: (...expected) => deepStrictEqual(outcome(), expected),
          thenThrows: (code) => thrownBy(outcome, code),
        }
      },
    }
  }

const thrownBy = (outcome: () => unknown, code: string): Error => {
  let thrown = new Error('Nothing was thrown.')
  throws(outcome, (error: unknown) => {
    if (error instanceof Error) thrown = error
    deepStrictEqual(codeOf(error), code, `Expected ${code}, found ${String(error)}`)
    return true
  })
  return thrown
}
