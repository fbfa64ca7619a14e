import type { Run, Varve } from 'varve'

/** Calls one after another, each when the one before it is answered. */
type Caller = (caller: number) => Promise<void>

/** So many callers at once; resolves when all are done. */
export const concurrently = async (callers: number, caller: Caller): Promise<void> => {
  await Promise.all(Array.from({ length: callers }, (_, index) => caller(index)))
}

export const startRuns = async (varve: Varve, count: number): Promise<Run[]> => {
  const runs: Run[] = []
  while (runs.length < count) {
    const some = Math.min(1000, count - runs.length)
    const started = Array.from({ length: some }, () =>
      varve.runs.start({ experiment: 'bench', params: { max_depth: 8, features: 'v3' } }),
    )
    runs.push(...(await Promise.all(started)))
  }
  return runs
}

export interface Load {
  readonly runs: readonly Run[]
  readonly callers: number
  /** Number of events in all. */
  readonly events: number
}

/** One event a call, one point an event; each caller awaits its own calls and goes from run to run. */
export const logPoints = ({ runs, callers, events }: Load): Promise<void> =>
  concurrently(callers, async (caller) => {
    const share = Math.floor(events / callers)
    for (let call = 0; call < share; call++) {
      const run = runs[(caller + call * callers) % runs.length]
      await run?.logMetrics({ loss: Math.exp(-call / share) }, { step: call })
    }
  })

/** What a call of `logPoints` comes to, for a program that has no runs. */
export interface PointCall {
  readonly stream: string
  readonly data: object
}

/** The calls of `logPoints` over 16 runs, each of which is answered before its caller makes the next. */
export const pointCalls = (
  { callers, events }: { readonly callers: number; readonly events: number },
  log: (call: PointCall) => Promise<unknown>,
): Promise<void> =>
  concurrently(callers, async (caller) => {
    const share = Math.floor(events / callers)
    for (let call = 0; call < share; call++) {
      const value = [Math.exp(-call / share)]
      const data = { keys: ['loss'], key: [0], value, step: [call], timestamp: [Date.now()] }
      await log({ stream: `run:${(caller + call * callers) % 16}`, data })
    }
  })
