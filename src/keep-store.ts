import { backupStore } from './keeping/backup.ts'
import type { Keepable } from './keeping/index.ts'
import type { LogSource } from './keeping/log-source.ts'
import type { Store } from './store.ts'

/** What stands in an open store at the moment of the call. One in memory or in a browser is kept as one on a disk. */
export const sourceOf = ({ engine, log, settings, blobs }: Store, check: () => void): LogSource => {
  check()
  const durability = settings.durability === 'os' ? 'os' : 'fsync'
  return { log, head: engine.head, settings: { ...settings, durability }, blobs, check }
}

/** The backup of an open store. */
export const backupOf =
  (store: Store, check: () => void): Keepable['backup'] =>
  async (to, options) =>
    await backupStore(sourceOf(store, check), to, options)
