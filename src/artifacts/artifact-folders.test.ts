import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { law } from '../../test/property.ts'
import type { RecordedEvent } from '../kernel/events/event.ts'
import { foldEvent } from '../kernel/projections/projection.ts'
import {
  type ArtifactFolders,
  artifactFileAt,
  artifactFilesBelow,
  artifactFolderDigests,
} from './artifact-folders.fold.ts'
import { artifactFoldersProjection } from './artifact-folders.ts'
import { artifactRootOf, artifactStream } from './events.ts'

interface Act {
  readonly act: 'stored' | 'deleted'
  readonly path: string
  readonly content: number
}

const digestOf = (content: number): string => `sha256:${content.toString(16).padStart(64, '0')}`

const eventOf = ({ act, path, content }: Act, position: number): RecordedEvent => ({
  position,
  stream: artifactStream(artifactRootOf(path)),
  revision: position,
  type: `artifact.${act}`,
  schema: 1,
  recordedAt: position,
  actor: 'ada',
  data: act === 'stored' ? { path, digest: digestOf(content), size: content } : { path },
})

const folded = (done: readonly Act[]): ArtifactFolders => {
  const state = artifactFoldersProjection.initial()
  for (const [position, act] of done.entries())
    foldEvent(artifactFoldersProjection, state, eventOf(act, position))
  return state
}

const names = ['a', 'b', 'models', 'm-1', 'artifacts', '__proto__', '1']
const acts = fc.array(
  fc.record<Act>({
    act: fc.constantFrom('stored', 'stored', 'stored', 'deleted'),
    path: fc
      .array(fc.constantFrom(...names), { minLength: 1, maxLength: 6 })
      .map((segments) => segments.join('/')),
    content: fc.nat(5),
  }),
  { maxLength: 25 },
)

const sorted = <T extends { readonly path: string }>(files: readonly T[]): T[] =>
  [...files].sort((a, b) => (a.path < b.path ? -1 : 1))

/** A deletion reaches what lies in its own stream. */
const reaches = (deleted: string, path: string): boolean =>
  (path === deleted || path.startsWith(`${deleted}/`)) &&
  artifactRootOf(path) === artifactRootOf(deleted)

/** What is there after some acts, told the simplest way. */
const naive = (done: readonly Act[]): Map<string, number> => {
  let files = new Map<string, number>()
  for (const { act, path, content } of done) {
    if (act === 'stored') files.set(path, content)
    else files = new Map([...files].filter(([name]) => !reaches(path, name)))
  }
  return files
}

describe('files that belong to no run', () => {
  it('are found as they were at every position, at their path and from each folder above it', () => {
    fc.assert(
      fc.property(acts, fc.nat(25), (done, position) => {
        const state = folded(done)
        const then = naive(done.slice(0, position + 1))
        const expected = sorted(
          [...then].map(([path, size]) => ({ path, digest: digestOf(size), size })),
        )
        expect(sorted(artifactFilesBelow(state, '', position))).toEqual(expected)
        for (const { path } of done) {
          const at = expected.filter(
            (file) => file.path === path || file.path.startsWith(`${path}/`),
          )
          expect(sorted(artifactFilesBelow(state, path, position))).toEqual(at)
          expect(artifactFileAt(state, path, position)).toEqual(
            expected.find((file) => file.path === path),
          )
        }
      }),
      law(),
    )
  })

  it('come back from a checkpoint as they were', () => {
    const { parts, initial } = artifactFoldersProjection
    fc.assert(
      fc.property(acts, (done) => {
        const state = folded(done)
        const loaded = initial()
        for (let part = 0; part < parts.count(state); part++)
          parts.load(loaded, structuredClone(parts.save(state, part)))
        expect([...loaded.byStream]).toEqual([...state.byStream])
      }),
      law(),
    )
  })

  it('keep their digests for the past, also those of files that were replaced or deleted', () => {
    const state = folded([
      { act: 'stored', path: 'a/b', content: 1 },
      { act: 'stored', path: 'a/b', content: 2 },
      { act: 'deleted', path: 'a', content: 0 },
    ])
    expect(artifactFilesBelow(state, 'a')).toEqual([])
    expect([...artifactFolderDigests(state)]).toEqual([digestOf(1), digestOf(2)])
  })

  it('have the history of a logged model in a stream of its own', () => {
    expect(artifactRootOf('1/models/m-1/artifacts/data/model.pkl')).toBe('1/models/m-1/artifacts')
    expect(artifactRootOf('models/m-1/artifacts')).toBe('models/m-1/artifacts')
    expect(artifactRootOf('1/models/m-1')).toBe('1')
    expect(artifactRootOf('a/b/c')).toBe('a')
  })
})
