import { open } from 'varve'
import { type Claim, type Comparison, group, type Setting } from '../harness/claim.ts'
import { type Emmett, emmettAppends, emmettSqlite } from '../harness/emmett.ts'
import { logPoints, startRuns } from '../harness/load.ts'
import { elapsed, perSecond } from '../harness/measure.ts'
import { type OpenSqlite, sqliteBinding } from '../harness/sqlite.ts'
import { sqliteAppends } from '../harness/sqlite-events.ts'

type Durability = 'os' | 'fsync'

/** Enough for a second or so. */
const eventsOf: Readonly<Record<Durability, Readonly<Record<number, number>>>> = {
  os: { 1: 20_000, 1000: 100_000 },
  fsync: { 1: 3000, 1000: 100_000 },
}

/** Emmett's appends take some milliseconds each. */
const emmettEvents = 1000

/** Neither syncs a commit, or both do. */
const synchronousOf = { os: 'NORMAL', fsync: 'FULL' } as const

interface Load {
  readonly durability: Durability
  readonly callers: number
}

/** How long another store takes for so many events. */
interface Other {
  readonly events: number
  readonly appends: (
    folder: string,
    load: { callers: number; events: number; synchronous: 'FULL' | 'NORMAL' },
  ) => Promise<number>
}

const compare = (
  { scratch, quick }: Setting,
  { durability, callers }: Load,
  other: Other,
): Comparison => ({
  ours: async () => {
    const events = (eventsOf[durability][callers] ?? 0) / (quick ? 10 : 1)
    const folder = scratch.folder('append')
    const varve = await open(folder, { durability, facts: false })
    const runs = await startRuns(varve, 16)
    const ms = await elapsed(() => logPoints({ runs, callers, events }))
    await varve.close()
    await scratch.remove(folder)
    return perSecond(events, ms)
  },
  theirs: async () => {
    const { events, appends } = other
    const folder = scratch.folder('other')
    const ms = await appends(folder, { callers, events, synchronous: synchronousOf[durability] })
    await scratch.remove(folder)
    return perSecond(events, ms)
  },
})

const loads: readonly Load[] = (['os', 'fsync'] as const).flatMap((durability) =>
  [1, 1000].map((callers) => ({ durability, callers })),
)

const shared = { unit: 'events/s', better: 'higher' } as const

const about = ({ callers }: Load): string =>
  `One event a call, ${callers} at once, each awaited, every projection on.`

interface Arena<Peer> {
  readonly setting: Setting
  readonly peer: Peer
}

const againstSqlite = loads.map((load): Claim<Arena<OpenSqlite>> => {
  const { durability, callers } = load
  return {
    ...shared,
    name: `append.sqlite.${durability}.${callers}`,
    about: about(load),
    against: `better-sqlite3, ${synchronousOf[durability]}`,
    budget: { of: 'ratio', limit: 3 },
    compare: ({ setting, peer }) =>
      compare(setting, load, {
        events: (eventsOf[durability][callers] ?? 0) / (setting.quick ? 10 : 1),
        appends: (folder, rows) => sqliteAppends(peer, folder, rows),
      }),
  }
})

const againstEmmett = loads.map((load): Claim<Arena<Emmett>> => {
  const { durability, callers } = load
  return {
    ...shared,
    name: `append.emmett.${durability}.${callers}`,
    about: about(load),
    against: `emmett-sqlite, ${synchronousOf[durability]}`,
    budget: { of: 'ratio', limit: 20 },
    compare: ({ setting, peer }) =>
      compare(setting, load, {
        events: emmettEvents,
        appends: (folder, rows) => emmettAppends(peer, folder, rows),
      }),
  }
})

const end = async (): Promise<void> => {}

export const appendSqlite = group(againstSqlite, async (setting) => {
  const peer = await sqliteBinding(setting.say)
  return peer === undefined ? undefined : { arena: { setting, peer }, end }
})

export const appendEmmett = group(againstEmmett, async (setting) => {
  const peer = await emmettSqlite(setting.say)
  return peer === undefined ? undefined : { arena: { setting, peer }, end }
})
