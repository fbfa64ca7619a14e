import { randomUUID } from 'node:crypto'
import { mkdir, open, realpath, rename, rm } from 'node:fs/promises'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { artifactError } from '../../../artifacts/index.ts'
import type { ArtifactDestination } from './parts.ts'

const failed = (folder: string, path: string, cause: unknown): Error => {
  const why = cause instanceof Error ? cause.message : String(cause)
  return artifactError(
    'ARTIFACT_WRITE_FAILED',
    `The artifact ${path} is in the store, but could not be written below ${folder} (${why}). See to the folder and its disk, then upload it again.`,
    { data: { folder, path }, cause },
  )
}

/** The real folder of a path, which no link may take out of the root. */
const folderWithin = async (root: string, path: string): Promise<string> => {
  const real = await realpath(root)
  const folder = dirname(join(real, path))
  await mkdir(folder, { recursive: true })
  const found = await realpath(folder)
  const within = relative(real, found)
  if (within === '..' || within.startsWith(`..${sep}`)) throw new Error(`${found} is outside of it`)
  return found
}

const writeWhole = async (
  root: string,
  path: string,
  content: AsyncIterable<Uint8Array>,
): Promise<void> => {
  const folder = await folderWithin(root, path)
  const draft = join(folder, `.varve-${randomUUID()}`)
  try {
    const file = await open(draft, 'wx')
    try {
      for await (const chunk of content) await file.writeFile(chunk)
    } finally {
      await file.close()
    }
    await rename(draft, join(folder, path.slice(path.lastIndexOf('/') + 1)))
  } finally {
    await rm(draft, { force: true })
  }
}

/** Keeps plain files in a folder of this machine, at the paths of their URLs, for other tools to read. */
export const openDestination = (folder: string): ArtifactDestination => {
  const root = resolve(folder)
  return {
    write: async (path, content) => {
      try {
        await mkdir(root, { recursive: true })
        await writeWhole(root, path, content)
      } catch (cause) {
        throw failed(root, path, cause)
      }
    },
    remove: async (path) => {
      try {
        await mkdir(root, { recursive: true })
        const parent = path === '' ? await realpath(root) : await folderWithin(root, path)
        const name = path.slice(path.lastIndexOf('/') + 1)
        await rm(join(parent, name), { recursive: true, force: true })
      } catch (cause) {
        throw failed(root, path, cause)
      }
    },
  }
}
