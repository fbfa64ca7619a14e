import { kernelError } from '../errors.ts'
import { commitFormat, type Head } from './commit.ts'
import type { Entries, Entry } from './event-log.ts'
import { prefix, textKey } from './keys.ts'
import { sameBytes, sealed, unsealed } from './sealed.ts'

/**
 * What an acknowledged event survives: a power cut (`'fsync'`), or the death of the process (`'os'`). In a browser
 * it is the browser that decides when its databases reach the disk (`'relaxed'`).
 */
export type Durability = 'fsync' | 'os' | 'relaxed'

/** What is fixed when a store is made. */
export interface StoreSettings {
  readonly format: number
  /** Names the store for ever. */
  readonly id: string
  readonly durability: Durability
  /** Ms since the epoch. */
  readonly createdAt: number
}

const settingsKey = textKey(prefix.setting, 'store')
const markKey = textKey(prefix.setting, 'verified')

/** The settings of a store; `undefined` for a new one. @throws `LOG_FORMAT`, `LOG_CORRUPT` */
export const readSettings = async (entries: Entries): Promise<StoreSettings | undefined> => {
  const bytes = await entries.get(settingsKey)
  if (bytes === undefined) return undefined
  // `as`: the entry is written by settingsEntry alone.
  const settings = unsealed(settingsKey, bytes) as StoreSettings | undefined
  if (settings === undefined) throw damagedSettings()
  if (settings.format === commitFormat) return settings
  throw kernelError(
    'LOG_FORMAT',
    `The store has format ${settings.format}; this varve reads format ${commitFormat}. Use a newer varve.`,
    { data: { format: settings.format } },
  )
}

/** The settings of a store among entries that may be damaged; `undefined` when they are not there, or not whole. */
export const settingsAmong = (found: readonly Entry[]): StoreSettings | undefined => {
  for (const { key, value } of found) {
    if (value === undefined || !sameBytes(key, settingsKey)) continue
    // `as`: the entry is written by settingsEntry alone.
    return unsealed(settingsKey, value) as StoreSettings | undefined
  }
  return undefined
}

const damagedSettings = (): Error =>
  kernelError(
    'LOG_CORRUPT',
    'The entry that says how the store was made is damaged. Copy the folder before anything else, and restore a backup.',
  )

export const settingsEntry = (settings: StoreSettings): Entry => sealed(settingsKey, settings)

/** The head up to which the log was verified; `undefined` when it never was, or nobody can tell. */
export const readMark = async (entries: Entries): Promise<Head | undefined> => {
  const bytes = await entries.get(markKey)
  // `as`: the entry is written by markEntry alone.
  return bytes === undefined ? undefined : (unsealed(markKey, bytes) as Head | undefined)
}

export const markEntry = (head: Head): Entry => sealed(markKey, head)
