import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'

/** The files of a folder: path in it, and bytes. */
export type Image = ReadonlyMap<string, Uint8Array>

/** Reads the files of a folder, in the order of their paths. */
export const imageOf = async (folder: string): Promise<Image> => {
  const found = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = found
    .filter((file) => file.isFile())
    .map((file) => join(file.parentPath, file.name))
  const image = new Map<string, Uint8Array>()
  for (const path of paths.sort()) image.set(relative(folder, path), await readFile(path))
  return image
}

/** Makes the folder anew with the files of an image, but for those changed; `undefined` leaves one out. */
export const writeImage = async (
  folder: string,
  image: Image,
  changed: ReadonlyMap<string, Uint8Array | undefined>,
): Promise<void> => {
  await rm(folder, { recursive: true, force: true })
  for (const path of new Set([...image.keys(), ...changed.keys()])) {
    const bytes = changed.has(path) ? changed.get(path) : image.get(path)
    if (bytes === undefined) continue
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), bytes)
  }
}
