import { open, type Varve, type VarveView } from 'varve'
import { type Claim, type Comparison, group, type Setting } from '../harness/claim.ts'
import { elapsed } from '../harness/measure.ts'

const transitions = 100
const versions = 4
const stages = ['Staging', 'Production', 'Archived', 'Production'] as const

interface Models {
  readonly varve: Varve
  /** Half-way back in the history of every model. */
  readonly past: string
  readonly names: readonly string[]
  /** Which model each call asks for. */
  readonly asked: readonly string[]
  readonly held: ReadonlyMap<string, number>
}

/** Every model's versions; every transition moves one of them, so that the stages keep changing hands. */
const fill = async (varve: Varve, names: readonly string[], say: Setting['say']): Promise<void> => {
  await inChunks(names, (name) =>
    Promise.all(
      Array.from({ length: versions }, () =>
        varve.registry.createVersion(name, { source: 's3://models/bench' }),
      ),
    ),
  )
  for (let move = 0; move < transitions; move++) {
    if (move % 10 === 0) say(`registry: ${move} of ${transitions} transitions a model`)
    const version = (move % versions) + 1
    const stage = stages[Math.floor(move / versions + move) % stages.length] ?? 'Production'
    await inChunks(names, (name) =>
      varve.registry.transition(name, version, stage, { comment: 'bench' }),
    )
  }
}

/** Calls that many at once, so that they share commits. */
const inChunks = async (
  names: readonly string[],
  call: (name: string) => Promise<unknown>,
): Promise<void> => {
  for (let from = 0; from < names.length; from += 1000) {
    await Promise.all(names.slice(from, from + 1000).map(call))
  }
}

/** A fixed sequence of numbers from 0 to 1 that looks random. */
const scattered = (index: number): number => (index * 0.618033988749895) % 1

/** Microseconds a call. */
const perCall = async (
  asked: readonly string[],
  ask: (name: string) => Promise<unknown>,
): Promise<number> => {
  const ms = await elapsed(async () => {
    for (const name of asked) await ask(name)
  })
  return (ms / asked.length) * 1000
}

const lookup = ({ asked, held }: Models): Promise<number> =>
  perCall(asked, async (name) => held.get(name))

const compare = (models: Models, view: VarveView): Comparison => ({
  ours: () => perCall(models.asked, (name) => view.registry.current(name, 'Production')),
  theirs: () => lookup(models),
})

const shared = { unit: 'µs', better: 'lower' } as const

const claims: readonly Claim<Models>[] = [
  {
    ...shared,
    name: 'registry.current',
    about: '`current(model, stage)`, awaited, over 10^4 models with 100 transitions each.',
    against: 'awaited Map.get',
    budget: { of: 'value', limit: 1 },
    compare: (models) => compare(models, models.varve),
  },
  {
    ...shared,
    name: 'registry.asof',
    about: 'The same, half-way back in history, from one view of that date.',
    against: 'awaited Map.get',
    budget: { of: 'value', limit: 5 },
    compare: (models) => compare(models, models.varve.asOf(models.past)),
  },
  {
    ...shared,
    name: 'registry.asof-first',
    about: 'The same with a new view a call, so that each finds the date in the log.',
    against: 'one view',
    compare: (models) => {
      const { varve, past } = models
      const view = varve.asOf(past)
      const some = models.asked.slice(0, 100)
      return {
        ours: () => perCall(some, (name) => varve.asOf(past).registry.current(name, 'Production')),
        theirs: () => perCall(models.asked, (name) => view.registry.current(name, 'Production')),
      }
    },
  },
]

export const registry = group(claims, async (setting) => {
  const { scratch, quick, say } = setting
  const folder = scratch.folder('registry')
  let now = Date.UTC(2024, 0, 1)
  const varve = await open(folder, {
    durability: 'os',
    facts: false,
    clock: () => {
      now += 1000
      return now
    },
  })
  const count = quick ? 1000 : 10_000
  const names = Array.from({ length: count }, (_, index) => `model-${index}`)
  await fill(varve, names, say)
  const first = Date.UTC(2024, 0, 1)
  const asked = Array.from(
    { length: 200_000 },
    (_, index) => names[Math.floor(scattered(index) * count)] ?? '',
  )
  return {
    arena: {
      varve,
      past: new Date((first + now) / 2).toISOString(),
      names,
      asked,
      held: new Map(names.map((name, index) => [name, index])),
    },
    end: async () => {
      await varve.close()
      await scratch.remove(folder)
    },
  }
})
