import type { KeepingOptions, LogSource } from './log-source.ts'
import type { StoreCopy } from './store-draft.ts'

/** What an open store gives to whoever keeps it elsewhere. */
export interface Keepable {
  /**
   * Copies the store, as it is now, into a new folder, while writing goes on. The copy is a store like any
   * other: open it, or `restore` it.
   *
   * It is made beside its name and gets the name when it is whole, on the disk, and checked.
   *
   * @throws `INVALID_VALUE` when the folder holds something, `LOG_CORRUPT`, `LOG_WRITE_FAILED`, `LOG_CLOSED`
   * when the store is closed meanwhile, `ARTIFACT_CORRUPT`, `ARTIFACT_NOT_FOUND`
   */
  backup(to: string, options?: KeepingOptions): Promise<StoreCopy>
}

const sources = new WeakMap<Keepable, () => LogSource>()

/** Lets an open store be exported: `source` gives what stands at the moment of the call. */
export const keepable = (store: Keepable, source: () => LogSource): void => {
  sources.set(store, source)
}

/** @throws `TypeError` for an object that this copy of the package did not open, `LOG_CLOSED` */
export const liveSource = (store: Keepable): LogSource => {
  const source = sources.get(store)
  if (source === undefined) throw new TypeError('Expected what open() of this package gave.')
  return source()
}
