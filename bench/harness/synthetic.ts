import type { Run, Varve } from 'varve'

/** A run made by number: the same in every store that is asked the same question. */
export interface SyntheticRun {
  readonly experiment: string
  readonly params: Readonly<Record<string, string>>
  readonly metrics: Readonly<Record<string, number>>
}

const models = ['x', 'y', 'z', 'u', 'v'] as const

/** A fixed sequence of numbers from 0 to 1 that looks random. */
const scattered = (index: number): number => (index * 0.618033988749895) % 1

export const syntheticRun = (run: number): SyntheticRun => {
  const auc = scattered(run)
  return {
    experiment: `experiment-${run % 10}`,
    params: {
      model: models[run % models.length] ?? 'x',
      max_depth: String(run % 16),
      learning_rate: String((run % 100) / 1000),
    },
    metrics: { auc, loss: 1 - auc, seconds: run % 60 },
  }
}

/** With ten params and ten metrics: some take few values, some another in every run. */
export const wideRun = (run: number): SyntheticRun => {
  const { experiment, params, metrics } = syntheticRun(run)
  const more = Array.from({ length: 7 }, (_, index) => index)
  return {
    experiment,
    params: {
      ...params,
      ...Object.fromEntries(
        more.map((index) => [`param_${index}`, String(index < 5 ? run % (4 + index) : run)]),
      ),
    },
    metrics: {
      ...metrics,
      ...Object.fromEntries(more.map((index) => [`metric_${index}`, scattered(run * (index + 2))])),
    },
  }
}

const logRun = async (
  varve: Varve,
  { experiment, params, metrics }: SyntheticRun,
): Promise<Run> => {
  const run = await varve.runs.start({ experiment, params })
  await run.logMetrics(metrics, { step: 1 })
  return run
}

export interface RunRange {
  readonly from: number
  readonly to: number
  readonly make: (run: number) => SyntheticRun
}

/** Logs the runs of a range in order, a thousand at once; gives their ids. */
export const logRuns = async (varve: Varve, { from, to, make }: RunRange): Promise<string[]> => {
  const ids: string[] = []
  for (let first = from; first < to; first += 1000) {
    const some = Array.from({ length: Math.min(1000, to - first) }, (_, at) =>
      logRun(varve, make(first + at)),
    )
    for (const run of await Promise.all(some)) ids.push(run.id)
  }
  return ids
}
