import { open, type RunQuery, type Varve } from 'varve'
import { type Claim, group } from '../harness/claim.ts'
import { elapsed } from '../harness/measure.ts'

const query: RunQuery = {
  filter: "metrics.auc > 0.9 and params.model = 'x'",
  orderBy: ['metrics.auc desc'],
  limit: 100,
}

interface Searched {
  readonly varve: Varve
  /** Position half-way back in history. */
  readonly past: number
  /** The same runs as arrays, for a program without a store. */
  readonly auc: Float64Array
  readonly model: readonly string[]
}

const models = ['x', 'y', 'z', 'u', 'v'] as const
const modelOf = (run: number): string => models[run % models.length] ?? 'x'

/** A fixed sequence of numbers from 0 to 1 that looks random. */
const aucOf = (run: number): number => (run * 0.618033988749895) % 1

const startRun = async (varve: Varve, run: number): Promise<string> => {
  const handle = await varve.runs.start({
    experiment: `experiment-${run % 10}`,
    params: { model: modelOf(run), max_depth: run % 16, learning_rate: (run % 100) / 1000 },
  })
  const auc = aucOf(run)
  await handle.logMetrics({ auc, loss: 1 - auc, seconds: run % 60 }, { step: 1 })
  return handle.id
}

/** In the order of the runs, many at once. */
const startAll = async (varve: Varve, from: number, to: number): Promise<string[]> => {
  const ids: string[] = []
  for (let first = from; first < to; first += 1000) {
    const some = Array.from({ length: Math.min(1000, to - first) }, (_, at) => first + at)
    ids.push(...(await Promise.all(some.map((run) => startRun(varve, run)))))
  }
  return ids
}

const repeats = 20

/** Milliseconds a question. */
const perQuestion = async (ask: () => Promise<unknown> | unknown): Promise<number> => {
  const ms = await elapsed(async () => {
    for (let at = 0; at < repeats; at++) await ask()
  })
  return ms / repeats
}

/** The question to plain arrays: filter, sort, slice. */
const plain = ({ auc, model }: Searched): number[] => {
  const rows: number[] = []
  for (let row = 0; row < auc.length; row++) {
    if ((auc[row] ?? 0) > 0.9 && model[row] === 'x') rows.push(row)
  }
  return rows.sort((a, b) => (auc[b] ?? 0) - (auc[a] ?? 0)).slice(0, 100)
}

const live = ({ varve }: Searched): Promise<number> => perQuestion(() => varve.runs.search(query))

const shared = { unit: 'ms', better: 'lower' } as const

const claims: readonly Claim<Searched>[] = [
  {
    ...shared,
    name: 'search.live',
    about: 'Two conditions, ordered by a metric, the best 100 of 10^5 runs.',
    against: 'plain-arrays',
    budget: { of: 'value', limit: 25 },
    compare: (searched) => ({
      ours: () => live(searched),
      theirs: () => perQuestion(() => plain(searched)),
    }),
  },
  {
    ...shared,
    name: 'search.asof',
    about: 'The same half-way back in history, where 1 run in 100 changed since; one view.',
    against: 'search.live',
    budget: { of: 'ratio', limit: 2 },
    compare: (searched) => {
      const then = searched.varve.asOf(searched.past)
      return {
        ours: () => perQuestion(() => then.runs.search(query)),
        theirs: () => live(searched),
      }
    },
  },
  {
    ...shared,
    name: 'search.asof-first',
    about: 'The first question to a new view, which folds the runs that changed since.',
    against: 'search.live',
    compare: (searched) => {
      const { varve, past } = searched
      return {
        ours: () => elapsed(async () => void (await varve.asOf(past).runs.search(query))),
        theirs: () => live(searched),
      }
    },
  },
]

export const search = group(claims, async (setting) => {
  const { scratch, quick, say } = setting
  const folder = scratch.folder('search')
  const varve = await open(folder, { durability: 'os', facts: false })
  const count = quick ? 10_000 : 100_000
  say(`search: starts ${count} runs`)
  const early = await startAll(varve, 0, count / 2)
  const { position: past } = await varve.moment()
  await startAll(varve, count / 2, count)
  await Promise.all(
    early
      .filter((_, index) => index % 100 === 0)
      .map(async (id) => (await varve.runs.resume(id)).setTag('looked-at', 'yes')),
  )
  const runs = Array.from({ length: count }, (_, run) => run)
  const arena = { varve, past, auc: Float64Array.from(runs, aucOf), model: runs.map(modelOf) }
  return {
    arena,
    end: async () => {
      await varve.close()
      await scratch.remove(folder)
    },
  }
})
