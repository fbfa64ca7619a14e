import { open, type Run, type Varve } from 'varve'
import { type Claim, type Comparison, group, type Setting } from '../harness/claim.ts'
import { logPoints, startRuns } from '../harness/load.ts'
import { elapsed, perSecond } from '../harness/measure.ts'

const callers = 1000
const smallest = 10_000
const sizes = [100_000, 1_000_000, 10_000_000] as const

/** Runs that get a few points early and are left alone then: what a question about them costs, costs the log. */
const probes = 20
const probePoints = 20

interface Size {
  readonly runs: number
  readonly events: number
}

interface Filled {
  readonly folder: string
  readonly varve: Varve
  readonly runs: readonly Run[]
  readonly probes: readonly Run[]
}

const logProbes = async (runs: readonly Run[]): Promise<void> => {
  for (let step = 0; step < probePoints; step++) {
    await Promise.all(runs.map((run) => run.logMetrics({ loss: 1 / (step + 1) }, { step })))
  }
}

/** Adds events as fast as it goes: nothing is awaited but every ten thousandth. */
const pour = async (runs: readonly Run[], events: number): Promise<void> => {
  for (let from = 0; from < events; from += 10_000) {
    const some = Array.from({ length: Math.min(10_000, events - from) }, (_, at) =>
      runs[(from + at) % runs.length]?.logMetrics({ loss: Math.exp(-at) }, { step: from + at }),
    )
    await Promise.all(some)
  }
}

/** A store with so many runs and events. */
const filled = async ({ scratch }: Setting, { runs: count, events }: Size): Promise<Filled> => {
  const folder = scratch.folder('growth')
  const varve = await open(folder, { durability: 'os', facts: false })
  const runs = await startRuns(varve, count)
  const probed = runs.slice(0, probes)
  await logProbes(probed)
  const others = runs.slice(probes)
  await pour(others, Math.max(0, events - count - probes * probePoints))
  return { folder, varve, runs: others, probes: probed }
}

/** Stores that are filled when a claim first needs them, and are gone at the end. */
class Stores {
  readonly #setting: Setting
  readonly #filled = new Map<string, Promise<Filled>>()

  constructor(setting: Setting) {
    this.#setting = setting
  }

  of(size: Size): Promise<Filled> {
    const key = keyOf(size)
    const known = this.#filled.get(key)
    if (known !== undefined) return known
    this.#setting.say(`fills a store: ${key}`)
    // Opened again, so that what a store keeps in memory until a checkpoint helps none of them.
    const made = filled(this.#setting, size).then(async (store) => (await reopened(store)).store)
    this.#filled.set(key, made)
    return made
  }

  /** Closes a store and opens it again; gives the milliseconds of the opening. */
  async reopen(size: Size): Promise<number> {
    const { store, ms } = await reopened(await this.of(size))
    this.#filled.set(keyOf(size), Promise.resolve(store))
    return ms
  }

  async end(): Promise<void> {
    for (const making of this.#filled.values()) await discard(this.#setting, await making)
  }
}

const reopened = async (old: Filled): Promise<{ store: Filled; ms: number }> => {
  const { folder, runs, probes: probed } = old
  await old.varve.close()
  const began = performance.now()
  const varve = await open(folder, { facts: false })
  const ms = performance.now() - began
  const again = await Promise.all(runs.map((run) => varve.runs.resume(run.id)))
  return { store: { folder, varve, runs: again, probes: probed }, ms }
}

const keyOf = ({ runs, events }: Size): string => `${runs} runs, ${events} events`

const discard = async ({ scratch }: Setting, { varve, folder }: Filled): Promise<void> => {
  await varve.close()
  await scratch.remove(folder)
}

interface Growth {
  readonly setting: Setting
  /** Number of events that are measured. */
  readonly events: number
  readonly scale: number
  readonly stores: Stores
}

/** Up to this many events a store is filled anew each round, since what is measured makes it grow. */
const cheap = 100_000

const rate = async ({ setting, events, stores }: Growth, size: Size): Promise<number> => {
  const fresh = size.runs + size.events <= cheap
  const store = fresh ? await filled(setting, size) : await stores.of(size)
  const ms = await elapsed(() => logPoints({ runs: store.runs, callers, events }))
  if (fresh) await discard(setting, store)
  return perSecond(events, ms)
}

const small = { runs: callers, events: smallest } as const

const appends = (input: Growth, large: Size): Comparison => ({
  ours: () => rate(input, large),
  theirs: () => rate(input, small),
})

/** Microseconds for the history of a metric, which reads the log. */
const lookup = async ({ varve, probes: runs }: Filled): Promise<number> => {
  const ms = await elapsed(async () => {
    for (const { id } of runs) await varve.runs.history(id, 'loss')
  })
  return (ms / runs.length) * 1000
}

/** 1000000 as people write it. */
const power = (count: number): string => `10^${Math.round(Math.log10(count))}`

type Draft = Pick<Claim<Growth>, 'name' | 'about' | 'unit' | 'better' | 'budget' | 'compare'>

/** One claim for each size, against the smallest. */
const forSizes = (
  draft: (size: string, sized: (growth: Growth) => Size) => Draft,
): Claim<Growth>[] =>
  sizes.map((events) => ({
    ...draft(power(events), ({ scale }) => ({ runs: callers, events: events * scale })),
    against: `${power(smallest)} events`,
    ...(events > 1_000_000 ? { large: true } : {}),
  }))

const lookups = forSizes((size, sized) => ({
  name: `lookup.growth.${size}`,
  about: `The history of a metric of ${probePoints} points, awaited, in a log of ${size} events.`,
  unit: 'µs',
  better: 'lower',
  budget: { of: 'ratio', limit: 1.25 },
  compare: (input) => ({
    ours: async () => lookup(await input.stores.of(sized(input))),
    theirs: async () => lookup(await input.stores.of(small)),
  }),
}))

const openings = forSizes((size, sized) => ({
  name: `open.growth.${size}`,
  about: `Opening a closed store of ${callers} runs and ${size} events.`,
  unit: 'ms',
  better: 'lower',
  budget: { of: 'ratio', limit: 1.25 },
  compare: (input) => ({
    ours: () => input.stores.reopen(sized(input)),
    theirs: () => input.stores.reopen(small),
  }),
}))

const appending = {
  unit: 'events/s',
  better: 'higher',
  budget: { of: 'ratio', limit: 0.9 },
} as const

const appended = forSizes((size, sized) => ({
  ...appending,
  name: `append.growth.${size}`,
  about: `One event a call, ${callers} at once, into a log of ${size} events.`,
  compare: (input) => appends(input, sized(input)),
}))

const manyRuns: Claim<Growth> = {
  ...appending,
  name: 'append.growth.runs',
  about: `One event a call, ${callers} at once, over 10^5 runs in turn.`,
  against: '1000 runs',
  // As many runs as callers in the small store: in both a commit then names as many streams.
  compare: (input) => appends(input, { runs: 100_000 * input.scale, events: 0 }),
}

// Appending comes last: it makes the stores grow.
const claims = [...lookups, ...openings, ...appended, manyRuns]

export const growth = group(claims, async (setting) => {
  const scale = setting.quick ? 0.1 : 1
  const stores = new Stores(setting)
  return {
    arena: { setting, events: 50_000 * scale, scale, stores },
    end: () => stores.end(),
  }
})
