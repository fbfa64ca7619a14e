import { open, type RunQuery, type Varve } from 'varve'
import { type Claim, type Comparison, group, type Setting } from '../harness/claim.ts'
import { type CrashedStore, copyStore, crashedStore } from '../harness/crashed-store.ts'
import { idleTurn, longestTurn } from '../harness/event-loop.ts'
import { elapsed } from '../harness/measure.ts'
import { syntheticRun } from '../harness/synthetic.ts'

const tail = 10_000

const query: RunQuery = {
  filter: "metrics.auc > 0.9 and params.model = 'x'",
  orderBy: ['metrics.auc desc'],
  limit: 100,
}

/** What came of opening a crashed store and closing it, which checkpoints what the tail changed. */
interface Visit {
  readonly opened: number
  readonly turn: number
}

interface Stores {
  readonly setting: Setting
  readonly runs: number
  readonly large: CrashedStore
  readonly small: () => Promise<CrashedStore>
  /** The large one, opened once for the questions. */
  readonly varve: () => Promise<Varve>
  /** Those that one claim made and another counts. */
  readonly visits: Visit[]
}

const visit = async ({ setting: { scratch } }: Stores, store: CrashedStore): Promise<Visit> => {
  const folder = scratch.folder('crashed')
  await copyStore(store.folder, folder)
  const began = performance.now()
  const varve = await open(folder, { facts: false })
  const opened = performance.now() - began
  const turn = await longestTurn(() => varve.close())
  await scratch.remove(folder)
  return { opened, turn }
}

const repeats = 10

/** Milliseconds a question. */
const perQuestion = async (ask: () => Promise<unknown> | unknown): Promise<number> => {
  const ms = await elapsed(async () => {
    for (let at = 0; at < repeats; at++) await ask()
  })
  return ms / repeats
}

/** The question to plain arrays: filter, sort, slice. */
const plainArrays = (runs: number): (() => number[]) => {
  const auc = new Float64Array(runs)
  const model: string[] = []
  for (let run = 0; run < runs; run++) {
    const { metrics, params } = syntheticRun(run)
    auc[run] = metrics['auc'] ?? 0
    model.push(params['model'] ?? '')
  }
  return () => {
    const rows: number[] = []
    for (let row = 0; row < runs; row++) {
      if ((auc[row] ?? 0) > 0.9 && model[row] === 'x') rows.push(row)
    }
    return rows.sort((a, b) => (auc[b] ?? 0) - (auc[a] ?? 0)).slice(0, 100)
  }
}

const live = async ({ varve }: Stores): Promise<number> => {
  const store = await varve()
  return perQuestion(() => store.runs.search(query))
}

const asOf = (stores: Stores): Comparison => {
  const asked = lazily(async () => {
    const view = (await stores.varve()).asOf(stores.large.half)
    await view.runs.search(query)
    return view
  })
  return {
    ours: async () => {
      const { runs } = await asked()
      return perQuestion(() => runs.search(query))
    },
    theirs: () => live(stores),
  }
}

const shared = { unit: 'ms', better: 'lower' } as const

const claims: readonly Claim<Stores>[] = [
  {
    ...shared,
    name: 'open.tail',
    about: 'Opening a store of 10^6 runs whose owner was killed 10^4 events after the checkpoint.',
    against: '10^4 runs',
    atMost: 5,
    budget: { of: 'value', limit: 1500 },
    compare: (stores) => ({
      ours: async () => {
        const made = await visit(stores, stores.large)
        stores.visits.push(made)
        return made.opened
      },
      theirs: async () => (await visit(stores, await stores.small())).opened,
    }),
  },
  {
    ...shared,
    name: 'checkpoint.blocked',
    about:
      'The longest time for which closing that store, with a checkpoint, keeps the event loop.',
    against: 'idle process',
    atMost: 5,
    budget: { of: 'value', limit: 10 },
    compare: (stores) => ({
      ours: async () => (stores.visits.shift() ?? (await visit(stores, stores.large))).turn,
      theirs: idleTurn,
    }),
  },
  {
    ...shared,
    name: 'search.live',
    about: 'Two conditions, ordered by a metric, the best 100 of 10^6 runs.',
    against: 'plain-arrays',
    budget: { of: 'value', limit: 25 },
    compare: (stores) => {
      const plain = plainArrays(stores.runs)
      return { ours: () => live(stores), theirs: () => perQuestion(plain) }
    },
  },
  {
    ...shared,
    name: 'search.asof',
    about: 'The same half-way back in history, where 500 runs changed since; one view.',
    against: 'search.live',
    budget: { of: 'ratio', limit: 2 },
    compare: asOf,
  },
  {
    ...shared,
    name: 'search.asof-first',
    about: 'The first question to a new view, which folds the runs that changed since.',
    against: 'search.live',
    compare: (stores) => ({
      ours: async () => {
        const view = (await stores.varve()).asOf(stores.large.half)
        return elapsed(async () => void (await view.runs.search(query)))
      },
      theirs: () => live(stores),
    }),
  },
]

/** Makes it once, when it is first asked for. */
const lazily = <T>(make: () => Promise<T>): (() => Promise<T>) => {
  let made: Promise<T> | undefined
  return () => {
    made ??= make()
    return made
  }
}

export const million = group(claims, async (setting) => {
  const { scratch, quick, say } = setting
  const runs = quick ? 10_000 : 1_000_000
  say(`fills a store with ${runs} runs`)
  const made: string[] = []
  const folderFor = (name: string): string => {
    const folder = scratch.folder(name)
    made.push(folder)
    return folder
  }
  const large = await crashedStore(folderFor('million'), { runs, tail })
  const small = lazily(() => crashedStore(folderFor('small'), { runs: 10_000, tail }))
  let asked: Varve | undefined
  const varve = lazily(async () => {
    const folder = folderFor('asked')
    await copyStore(large.folder, folder)
    asked = await open(folder, { facts: false })
    return asked
  })
  return {
    arena: { setting, runs, large, small, varve, visits: [] },
    end: async () => {
      await asked?.close()
      for (const folder of made) await scratch.remove(folder)
    },
  }
})
