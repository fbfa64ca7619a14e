import { sha256Hex } from '#platform'

/** A file by its path and what is in it. */
export interface TreeFile {
  readonly path: string
  /** `sha256:` and 64 hex digits. */
  readonly digest: string
  /** Bytes. */
  readonly size: number
}

/** What lies at one path among artifacts: a folder's files, or one file. */
export interface ArtifactTree {
  /** Names the whole: paths within the folder and every byte. */
  readonly digest: string
  /** Sum of the sizes, in bytes. */
  readonly size: number
  /** In the order of the digest, with paths as they were given. */
  readonly files: readonly TreeFile[]
}

/**
 * Gives one digest for a set of files with distinct paths, whatever order they come in.
 *
 * It is the SHA-256, as `sha256:` and hex digits, of UTF-8 text: the line `varve-tree 1`, then for each file,
 * sorted by the bytes of its path, `<digest> <size> <bytes in path>:<path>` and a line feed. The length
 * before the path keeps a line feed within a name from posing as another file.
 */
export const treeDigest = (files: readonly TreeFile[]): string => {
  const encoder = new TextEncoder()
  const lines = sorted(files).map(
    ({ path, digest, size }) => `${digest} ${size} ${encoder.encode(path).length}:${path}\n`,
  )
  return `sha256:${sha256Hex(encoder.encode(`varve-tree 1\n${lines.join('')}`))}`
}

/**
 * Finds what lies at a path, which is spelled as `artifactPath` gives it; without one, everything.
 *
 * The digest is of paths relative to that path, so the same folder logged elsewhere has the same digest. A
 * file at exactly that path counts as a tree of one file with an empty path.
 *
 * @returns `undefined` when nothing is there.
 */
export const treeAt = (files: readonly TreeFile[], path = ''): ArtifactTree | undefined => {
  const below = path === '' ? '' : `${path}/`
  const found = sorted(files.filter((file) => file.path === path || file.path.startsWith(below)))
  if (found.length === 0) return undefined
  return {
    digest: treeDigest(found.map((file) => ({ ...file, path: file.path.slice(below.length) }))),
    size: found.reduce((sum, file) => sum + file.size, 0),
    files: found,
  }
}

const sorted = (files: readonly TreeFile[]): TreeFile[] =>
  [...files].sort((a, b) => compareAsUtf8(a.path, b.path))

/** UTF-8 sorts by code point; comparing strings sorts by UTF-16 unit, which differs above U+D7FF. */
const compareAsUtf8 = (a: string, b: string): number => {
  const length = Math.min(a.length, b.length)
  for (let at = 0; at < length; at++) {
    const left = a.charCodeAt(at)
    const right = b.charCodeAt(at)
    if (left !== right) return rank(left) - rank(right)
  }
  return a.length - b.length
}

/** Surrogates stand for code points above all others. */
const rank = (unit: number): number => (unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit)
