import { eraseIn } from './erase-store.ts'
import { backupOf } from './keep-store.ts'
import type { Writes } from './kernel/writes.ts'
import { readOnlyError } from './read-only.ts'
import type { Store } from './store.ts'
import type { Varve, VarveView } from './varve.ts'
import { verifyStore } from './verify-store.ts'

export interface UpkeepParts {
  readonly store: Store
  readonly view: VarveView
  readonly actor: string | undefined
  readonly writes: Writes
  /** @throws `LOG_CLOSED` */
  readonly check: () => void
}

/** What is done to a store as a whole: looked through, copied, relieved of data, brought back after a fault. */
export const upkeepOf = ({
  store,
  view,
  actor,
  writes,
  check,
}: UpkeepParts): Pick<Varve, 'verify' | 'backup' | 'erase' | 'reopen'> => ({
  verify: async () => {
    check()
    return await verifyStore(store)
  },
  backup: backupOf(store, check),
  erase: async (selector, options) => {
    check()
    if (store.readOnly === true) throw readOnlyError()
    // What was written before this call and not awaited is erased, too.
    await writes.settled()
    return await eraseIn({ store, view, actor }, selector, options)
  },
  reopen: async () => {
    check()
    await store.reopen()
  },
})
