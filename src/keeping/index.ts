import { type ArchiveOptions, archiveOf } from './archive.ts'
import { linesOf } from './export-events.ts'
import { type Keepable, liveSource } from './live-source.ts'
import type { KeepingOptions } from './log-source.ts'

export type { ArchiveOptions } from './archive.ts'
export { restore } from './backup.ts'
export { importArchive } from './import-archive.ts'
export { importEvents } from './import-events.ts'
export type { Keepable } from './live-source.ts'
export type { KeepingOptions } from './log-source.ts'
export { type Repaired, type RepairOptions, repair } from './repair.ts'
export type { StoreCopy } from './store-draft.ts'

/**
 * Gives a store, as it is at the call, as one stream of bytes: the commits exactly as they stand in the log, so
 * that hashes are equal by construction, and the artifacts. Writing goes on meanwhile.
 *
 * @throws `LOG_CLOSED`; while it is read also `LOG_CORRUPT` with the position, `ARTIFACT_NOT_FOUND`,
 * `ARTIFACT_CORRUPT`
 */
export const exportArchive = (
  store: Keepable,
  options: ArchiveOptions = {},
): AsyncIterable<Uint8Array> => archiveOf(liveSource(store), options)

/**
 * Gives a store's events, as they are at the call, as lines of JSON: CloudEvents 1.0, one a line, with what is
 * needed to make the same commits again. Each piece of text is one or more whole lines. Writing goes on meanwhile.
 *
 * @throws `LOG_CLOSED`; while it is read also `LOG_CORRUPT` with the position
 */
export const exportEvents = (
  store: Keepable,
  options: KeepingOptions = {},
): AsyncIterable<string> => linesOf(liveSource(store), options)
