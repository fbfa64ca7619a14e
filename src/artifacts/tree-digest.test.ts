import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { treeAt, treeDigest } from './tree-digest.ts'

const { PROPERTY_RUNS: runs, PROPERTY_SEED: seed } = process.env
const law = { numRuns: Number(runs ?? 200), ...(seed !== undefined && { seed: Number(seed) }) }

const sha256 = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`

const file = (path: string, content = path) => ({
  path,
  digest: sha256(content),
  size: Buffer.byteLength(content),
})

describe('the digest of a tree', () => {
  it('is the SHA-256 of the documented text', () => {
    const [a, b] = [file('MLmodel', 'flavors'), file('data/é', 'x')]
    const text = `varve-tree 1\n${a.digest} 7 7:MLmodel\n${b.digest} 1 7:data/é\n`
    expect(treeDigest([b, a])).toBe(sha256(text))
    expect(treeDigest([])).toBe(sha256('varve-tree 1\n'))
  })

  it('sorts by the bytes of the paths', () => {
    const paths = fc.uniqueArray(
      fc.string({ unit: 'grapheme', maxLength: 5 }).filter((path) => !path.includes('/')),
      { maxLength: 8 },
    )
    fc.assert(
      fc.property(fc.oneof(paths, fc.constant(['\u{1f98a}', '\uffee', 'z', ''])), (names) => {
        const found =
          treeAt(
            names.map((name) => file(`m/${name}`)),
            'm',
          )?.files ?? []
        const bytes = found.map(({ path }) => Buffer.from(path))
        expect(bytes).toEqual([...bytes].sort(Buffer.compare))
        expect(found).toHaveLength(names.length)
      }),
      law,
    )
  })

  it('does not depend on the order of the files', () => {
    const trees = fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 2, maxLength: 8 })
    fc.assert(
      fc.property(trees, (paths) => {
        const files = paths.map((path) => file(path))
        expect(treeDigest([...files].reverse())).toBe(treeDigest(files))
      }),
      law,
    )
  })

  it('changes with any path, any byte, and any file more or less', () => {
    const files = [file('a', '1'), file('b', '2')]
    const others = [
      [file('a', '1')],
      [file('a', '2'), file('b', '1')],
      [file('a', '1'), file('c', '2')],
      [...files, file('c', '')],
      [file(`a\n${sha256('2')} 1 1:b`, '1')],
    ]
    const digests = new Set([files, ...others].map(treeDigest))
    expect(digests.size).toBe(others.length + 1)
  })
})

describe('what lies at a path', () => {
  const files = [file('model/MLmodel', 'm'), file('model/data/w', 'ww'), file('model.txt', 't')]

  it('is the folder with its files, and their sizes together', () => {
    const tree = treeAt(files, 'model')
    expect(tree?.files.map(({ path }) => path)).toEqual(['model/MLmodel', 'model/data/w'])
    expect(tree?.size).toBe(3)
  })

  it('has the digest of the same folder elsewhere', () => {
    const elsewhere = [file('x/y/MLmodel', 'm'), file('x/y/data/w', 'ww')]
    expect(treeAt(files, 'model')?.digest).toBe(treeAt(elsewhere, 'x/y')?.digest)
    expect(treeAt(files, 'model')?.digest).not.toBe(treeAt(elsewhere)?.digest)
  })

  it('is one file as a tree with an empty path', () => {
    expect(treeAt(files, 'model.txt')).toEqual({
      digest: treeDigest([{ ...file('model.txt', 't'), path: '' }]),
      size: 1,
      files: [file('model.txt', 't')],
    })
  })

  it('is everything without a path, and nothing where nothing is', () => {
    expect(treeAt(files)?.digest).toBe(treeDigest(files))
    expect(treeAt(files, 'mod')).toBeUndefined()
    expect(treeAt([])).toBeUndefined()
  })
})
