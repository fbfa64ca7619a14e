import { backupStore } from './keeping/backup.ts'
import type { Keepable } from './keeping/index.ts'
import type { LogSource } from './keeping/log-source.ts'
import { kernelError } from './kernel/errors.ts'
import type { Store } from './store.ts'

/** What stands in an open store at the moment of the call. One in memory or in a browser is kept as one on a disk. */
export const sourceOf = ({ engine, log, settings, blobs }: Store, check: () => void): LogSource => {
  check()
  const durability = settings.durability === 'os' ? 'os' : 'fsync'
  const { tail } = engine.source
  const { forgotten } = tail
  const checkSame = (): void => {
    check()
    if (forgotten !== tail.forgotten) throw erasedMeanwhile()
  }
  return { log, head: engine.head, settings: { ...settings, durability }, blobs, check: checkSame }
}

/** Of what was read already, something may be in the copy that is no longer in the store. */
const erasedMeanwhile = (): Error =>
  kernelError(
    'REVISION_CONFLICT',
    'Something was erased from the store while it was copied, and nothing of the copy is kept. Copy it again.',
  )

/** The backup of an open store. */
export const backupOf =
  (store: Store, check: () => void): Keepable['backup'] =>
  async (to, options) =>
    await backupStore(sourceOf(store, check), to, options)
