import { folderBytes, storePath } from '#platform'
import type { Store } from './store.ts'
import type { LogInfo } from './varve.ts'

export const hexOf = (bytes: Uint8Array): string =>
  [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')

/** Facts about a store's log. */
export const logInfo = async ({
  engine,
  log,
  settings,
  folder,
  owner,
}: Store): Promise<LogInfo> => {
  const { next, commits, hash } = engine.head
  return {
    id: settings.id,
    position: next - 1,
    events: next,
    commits,
    head: hexOf(hash),
    durability: settings.durability,
    ...(folder === undefined ? {} : { folder }),
    bytes: folder === undefined ? await log.size() : await folderBytes(storePath(folder, 'log')),
    owner,
    createdAt: settings.createdAt,
  }
}
