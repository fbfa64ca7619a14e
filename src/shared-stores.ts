import { storePath } from '#platform'
import { kernelError } from './kernel/errors.ts'
import { readOnlyStore } from './read-only.ts'
import { openRescuedStore } from './rescue-store.ts'
import { openFolderStore, type Store, type StoreOptions } from './store.ts'

interface Shared {
  readonly store: Promise<Store>
  users: number
}

/** The stores that this process holds, by real path: opening one again shares its engine. */
const held = new Map<string, Shared>()

/** Stores that are being closed, by real path: opening one waits until its folder is free. */
const closing = new Map<string, Promise<void>>()

const leave = async (key: string, entry: Shared): Promise<void> => {
  entry.users -= 1
  if (entry.users > 0) return
  held.delete(key)
  const closed = entry.store
    .then((store) => store.close())
    .finally(() => {
      if (closing.get(key) === closed) closing.delete(key)
    })
  closing.set(key, closed)
  await closed
}

/** What a later opening may still ask of a store that is open. */
const join = (store: Store, { durability, families }: StoreOptions): void => {
  if (durability !== undefined && durability !== store.settings.durability) {
    throw kernelError(
      'LOG_FORMAT',
      `The store was made with durability '${store.settings.durability}' and keeps it. Open it without naming a durability.`,
      { data: { durability, made: store.settings.durability } },
    )
  }
  for (const family of families) store.engine.source.types.add(family)
}

const enter = (key: string, options: StoreOptions): Shared => {
  const known = held.get(key)
  if (known !== undefined) {
    known.users += 1
    return known
  }
  const free = closing.get(key)?.catch(() => undefined) ?? Promise.resolve()
  const entry = { store: free.then(() => openFolderStore(key, options)), users: 1 }
  held.set(key, entry)
  return entry
}

/**
 * Opens the store in a folder, or joins it when this process has it open; the last `close` closes it.
 *
 * @throws `LOG_LOCKED`, `LOG_CORRUPT`, `LOG_FORMAT`
 */
export const openSharedStore = async (folder: string, options: StoreOptions): Promise<Store> => {
  const key = storePath(folder)
  const entry = enter(key, options)
  let store: Store
  try {
    store = await entry.store
  } catch (error) {
    if (held.get(key) === entry) held.delete(key)
    throw error
  }
  try {
    join(store, options)
  } catch (error) {
    await leave(key, entry)
    throw error
  }
  return { ...store, close: () => leave(key, entry) }
}

/**
 * Opens the store in a folder to be read: the one that this process has open, or else what is intact of what lies
 * there.
 *
 * @throws `INVALID_VALUE`, `LOG_LOCKED`, `LOG_FORMAT`, `LOG_WRITE_FAILED`
 */
export const openReadOnlyStore = async (folder: string, options: StoreOptions): Promise<Store> => {
  const key = storePath(folder)
  if (held.has(key)) return readOnlyStore(await openSharedStore(folder, options))
  await closing.get(key)?.catch(() => undefined)
  return await openRescuedStore(key, options)
}
