import { readdir, rename, rm, rmdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { codeOf, kernelError } from '../kernel/errors.ts'
import { ownerGuard } from './owner-guard.node.ts'
import type { NewFolder } from './platform.ts'
import { storePath } from './store-folder.node.ts'
import { syncFolder } from './sync-folder.node.ts'

/** What a copy that was broken off may have left: nothing else is ever removed. */
const leftovers = new Set([
  'log',
  'blobs',
  'head.json',
  'head.json.new',
  'owner.json',
  'owner.json.new',
])

/**
 * Begins a store's folder beside its name, as `<name>.partial`: it gets its name when it is whole, so that
 * nothing half made is ever found there. What an earlier attempt left is removed.
 *
 * @throws `INVALID_VALUE` when the name is taken, or the partial folder holds what no store does;
 * `LOG_LOCKED` while another copy is made there; `LOG_WRITE_FAILED`
 */
export const newFolder = async (to: string): Promise<NewFolder> => {
  const folder = storePath(to)
  const path = `${folder}.partial`
  await refuseTaken(folder)
  const guard = await ownerGuard(path)
  try {
    await writing(path, () => clear(path))
  } catch (error) {
    await guard.release()
    throw error
  }
  return {
    folder,
    path,
    keep: async () => {
      await writing(folder, () => syncFolder(path))
      await guard.release()
      await writing(folder, () => take(path, folder))
    },
    abandon: async () => {
      await guard.release()
      await rm(path, { recursive: true, force: true }).catch(() => undefined)
    },
  }
}

/** Whether a folder is there and a store was made in it. */
export const holdsStore = async (folder: string): Promise<boolean> =>
  (await stat(join(folder, 'log', 'CURRENT')).catch(() => undefined)) !== undefined

const refuseTaken = async (folder: string): Promise<void> => {
  const found = await stat(folder).catch(() => undefined)
  if (found === undefined) return
  const names = found.isDirectory() ? await writing(folder, () => readdir(folder)) : undefined
  if (names?.length === 0) return
  throw kernelError(
    'INVALID_VALUE',
    `${folder} ${names === undefined ? 'is not a folder' : 'holds something already'}, and nothing is ever overwritten. Name a folder that does not exist, or an empty one.`,
    { data: { folder } },
  )
}

const clear = async (path: string): Promise<void> => {
  const names = await readdir(path)
  const strange = names.filter((name) => !leftovers.has(name))
  if (strange.length > 0) {
    throw kernelError(
      'INVALID_VALUE',
      `${path} holds ${strange.slice(0, 3).join(', ')}, which no store does, so it is left alone. Move it away, or choose another name.`,
      { data: { folder: path, names: strange } },
    )
  }
  for (const name of names) {
    if (name.startsWith('owner.json')) continue
    await rm(join(path, name), { recursive: true, force: true })
  }
}

/** Gives the folder its name, durably. An empty folder of that name makes room. */
const take = async (path: string, folder: string): Promise<void> => {
  await rmdir(folder).catch((error: unknown) => {
    if (codeOf(error) !== 'ENOENT') throw error
  })
  await rename(path, folder)
  await syncFolder(dirname(folder))
}

/** Runs system calls; their failure becomes `LOG_WRITE_FAILED`. */
const writing = async <T>(folder: string, calls: () => Promise<T>): Promise<T> => {
  try {
    return await calls()
  } catch (cause) {
    if (codeOf(cause) === 'INVALID_VALUE') throw cause
    const why = cause instanceof Error ? cause.message : String(cause)
    throw kernelError(
      'LOG_WRITE_FAILED',
      `The folder ${folder} could not be made (${why}), and nothing of it is kept. See to its permissions and the space on its disk.`,
      { cause, data: { folder, code: codeOf(cause) } },
    )
  }
}
