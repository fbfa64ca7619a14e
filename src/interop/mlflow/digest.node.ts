import { createHash, type Hash } from 'node:crypto'
import { createReadStream, statSync } from 'node:fs'
import { breathe, type Folder, readSmall, unreadable, walkFiles } from './files.node.ts'

/** Digest of every file below a folder, with its path: streamed, in the order of the paths. */
export const digestFolder = async (folder: Folder): Promise<string> => {
  const hash = createHash('sha256')
  let files = 0
  for (const { path, real } of walkFiles(folder, '')) {
    files += 1
    if (files % 64 === 0) await breathe()
    try {
      await addFile(hash, path, real)
    } catch (error) {
      folder.problems.add({ file: path, message: unreadable(error) })
    }
  }
  return `sha256:${hash.digest('hex')}`
}

/** Digest of some files under the names given. */
export const digestFiles = async (
  files: readonly (readonly [name: string, file: string])[],
): Promise<string> => {
  const hash = createHash('sha256')
  for (const [name, file] of files) await addFile(hash, name, file)
  return `sha256:${hash.digest('hex')}`
}

/** Larger files are read in pieces. */
const streamFrom = 256 * 1024

/** Name and length come before the bytes, so that no two different folders read alike. */
const addFile = async (hash: Hash, name: string, file: string): Promise<void> => {
  hash.update(`${name}\0${statSync(file).size}\0`)
  const small = readSmall(file, streamFrom)
  if (small !== undefined) hash.update(small)
  else for await (const chunk of createReadStream(file)) hash.update(chunk)
}
