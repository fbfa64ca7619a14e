import * as v from 'valibot'
import { defaultStore } from '#platform'
import { createVarve } from './create-varve.ts'
import { checked } from './kernel/check.ts'
import type { EventDataOf, EventFamily } from './kernel/events/define-events.ts'
import { openReadOnlyStore, openSharedStore } from './shared-stores.ts'
import { openMemoryStore } from './store.ts'
import type { Varve, VarveEventData } from './varve.ts'

export interface OpenOptions<Families extends readonly EventFamily[] = readonly []> {
  /** Keeps nothing: the store is gone when it is closed. */
  readonly memory?: boolean
  /**
   * Answers questions and takes nothing. Of a damaged store it opens what is intact, and `verify()` says what is
   * missing. Nothing is written into the folder.
   */
  readonly readOnly?: boolean
  /**
   * What an acknowledged event survives: `'fsync'` (default) a power cut, `'os'` the death of the process.
   * Fixed when the store is made.
   */
  readonly durability?: 'fsync' | 'os'
  /** Event families of one's own. */
  readonly events?: Families
  /** `false`: runs record no host and Git facts unless they ask for them. */
  readonly facts?: boolean
  /** Who acts when a call does not say; default the operating-system user. */
  readonly actor?: string
  /** The engine's clock, in ms since the epoch; default the system's. For tests. */
  readonly clock?: () => number
}

/** Intersection of a union's members: the families' data together. */
type Joined<U> = (U extends unknown ? (member: U) => void : never) extends (all: infer All) => void
  ? All
  : never

/** The event data of a store that was opened with the families. */
export type DataWith<Families extends readonly EventFamily[]> = Families extends readonly []
  ? VarveEventData
  : VarveEventData & Joined<EventDataOf<Families[number]>>

const openInput = v.strictObject({
  memory: v.optional(v.boolean(), false),
  readOnly: v.optional(v.boolean(), false),
  durability: v.optional(v.picklist(['fsync', 'os'])),
  facts: v.optional(v.boolean(), true),
  actor: v.optional(v.pipe(v.string(), v.minLength(1))),
  clock: v.optional(v.custom<() => number>((clock) => typeof clock === 'function')),
  events: v.optional(
    v.array(v.custom<EventFamily>(isFamily, 'Expected what defineEvents gives')),
    [],
  ),
})

function isFamily(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'noun' in value && 'types' in value
}

/**
 * Opens a store, or makes it.
 *
 * `open('./folder')` uses the folder. `open()` uses `VARVE_STORE`, or the nearest `.varve` upward, else makes
 * `.varve` here. `open({ memory: true })` keeps nothing. `open(folder, { readOnly: true })` answers from what is
 * intact of a damaged store. A second `open` of the same folder in this process
 * shares the engine; the store is released when the last of them is closed.
 *
 * @throws `LOG_LOCKED` when another process holds it, `LOG_CORRUPT` when it is damaged, `LOG_FORMAT` when a
 * newer varve made it or another durability is asked for, `INVALID_VALUE` for options that do not exist.
 */
export function open<const Families extends readonly EventFamily[] = readonly []>(
  folder?: string,
  options?: OpenOptions<Families>,
): Promise<Varve<DataWith<Families>>>
export function open<const Families extends readonly EventFamily[] = readonly []>(
  options: OpenOptions<Families>,
): Promise<Varve<DataWith<Families>>>
export async function open(
  first?: string | OpenOptions<readonly EventFamily[]>,
  second: OpenOptions<readonly EventFamily[]> = {},
): Promise<Varve> {
  const given = typeof first === 'object' ? first : second
  const { memory, readOnly, facts, actor, events, ...options } = checked(openInput, given, 'open')
  const parts = { ...options, families: events }
  const folder =
    first === undefined || first === given ? undefined : checked(folderInput, first, 'open')
  const store = memory
    ? await openMemoryStore(parts)
    : await (readOnly ? openReadOnlyStore : openSharedStore)(folder ?? defaultStore(), parts)
  return createVarve(store, { facts, actor })
}

const folderInput = v.pipe(v.string(), v.minLength(1, 'Expected the path of a folder'))
