import * as v from 'valibot'
import { sha256 } from '#platform'
import { codeOf, kernelError } from '../kernel/errors.ts'
import { commitFormat } from '../kernel/log/commit.ts'
import type { StoreSettings } from '../kernel/log/settings.ts'
import { damaged } from './archive.ts'
import { sameBytes } from './bytes.ts'
import { decodeBlob, encodeEnd, type Frame, FrameReader, frameKind, magic } from './frames.ts'
import { pathOf, settingsSchema } from './input.ts'
import type { KeepingOptions } from './log-source.ts'
import { draftStore, type StoreCopy, type StoreDraft } from './store-draft.ts'

/**
 * Makes a store from an archive, in a folder that does not exist or is empty. Every commit is checked before it
 * is taken, every artifact against its digest; an archive that is damaged or cut short leaves nothing behind.
 *
 * An archive is a store: import those of people whose stores you would open.
 *
 * @throws `LOG_CORRUPT` with the position, `LOG_FORMAT` for an archive of a newer varve, `INVALID_VALUE` when it
 * is none, or the folder is taken, `LOG_LOCKED`, `LOG_WRITE_FAILED`, `ARTIFACT_WRITE_FAILED`
 */
export const importArchive = async (
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  to: string,
  { signal }: KeepingOptions = {},
): Promise<StoreCopy> => {
  const folder = pathOf(to, 'importArchive')
  const reader = new FrameReader(source)
  try {
    const { settings, digest } = await readSettings(reader)
    await using draft = await draftStore(folder, settings)
    const end = await readFrames(reader, draft, { ...(signal === undefined ? {} : { signal }) })
    settle(draft)
    checkEnd(end, draft, digest)
    if (!(await reader.ended())) throw damaged(draft.head.next, 'something follows its end')
    return await draft.finish('events')
  } finally {
    await reader.close()
  }
}

interface ReadSettings {
  readonly settings: StoreSettings
  readonly digest: Uint8Array
}

const readSettings = async (reader: FrameReader): Promise<ReadSettings> => {
  const start = await reader.take(magic.length)
  if (start === undefined || !sameBytes(start, magic)) {
    throw kernelError(
      'INVALID_VALUE',
      'These bytes are no archive of a store, or of a newer varve. Give what exportArchive wrote, as it is.',
    )
  }
  const frame = await reader.frame()
  if (frame?.kind !== frameKind.settings) throw damaged(0, 'it says nothing of its store')
  return { settings: parseSettings(frame.content), digest: sha256(frame.content) }
}

const parseSettings = (content: Uint8Array): StoreSettings => {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder().decode(content))
  } catch (cause) {
    throw damaged(0, 'what it says of its store cannot be read', cause)
  }
  return knownSettings(value)
}

/** What an archive, or an export, says of its store. @throws `LOG_CORRUPT`, `LOG_FORMAT` */
export const knownSettings = (value: unknown): StoreSettings => {
  const { success, output } = v.safeParse(settingsSchema, value)
  if (!success) throw damaged(0, 'what it says of its store is not known')
  if (output.format === commitFormat) return output
  throw kernelError(
    'LOG_FORMAT',
    `The archive has format ${output.format}; this varve reads format ${commitFormat}. Use a newer varve.`,
    { data: { format: output.format } },
  )
}

/** Takes in all frames up to the last, which it gives. */
const readFrames = async (
  reader: FrameReader,
  draft: StoreDraft,
  options: KeepingOptions,
): Promise<Uint8Array> => {
  for (;;) {
    options.signal?.throwIfAborted()
    const frame = await reader.frame()
    if (frame === undefined) throw damaged(draft.head.next, 'it is cut short')
    if (frame.kind === frameKind.end) return frame.content
    if (frame.kind === frameKind.commit && draft.artifacts === 0) await takeCommit(frame, draft)
    else if (frame.kind === frameKind.blob) await takeBlob(frame, { reader, draft, options })
    else throw damaged(draft.head.next, `a part of kind ${frame.kind} is out of place`)
  }
}

const takeCommit = async ({ content }: Frame, draft: StoreDraft): Promise<void> => {
  const { next } = draft.head
  try {
    await draft.add({ first: next, bytes: content })
  } catch (error) {
    if (codeOf(error) !== 'LOG_CORRUPT') throw error
    throw damaged(next, whyOf(error), error)
  }
}

/** @throws `LOG_CORRUPT` for a payload that is not that of its header, and that no erasure vouches for */
export const settle = (draft: StoreDraft): void => {
  try {
    draft.settle()
  } catch (error) {
    throw damaged(positionOf(error), whyOf(error), error)
  }
}

const positionOf = (error: unknown): number => {
  const data = error instanceof Error && 'data' in error ? error.data : undefined
  return typeof data === 'object' && data !== null && 'position' in data ? Number(data.position) : 0
}

const whyOf = (error: unknown): string => {
  const data = error instanceof Error && 'data' in error ? error.data : undefined
  return typeof data === 'object' && data !== null && 'why' in data
    ? String(data.why)
    : 'a commit is not as it was'
}

interface Taking {
  readonly reader: FrameReader
  readonly draft: StoreDraft
  readonly options: KeepingOptions
}

const takeBlob = async ({ content }: Frame, taking: Taking): Promise<void> => {
  const { reader, draft, options } = taking
  const { next } = draft.head
  const blob = decodeBlob(content)
  if (blob === undefined || draft.has(blob.digest)) throw damaged(next, 'an artifact has no name')
  try {
    await draft.addBlob(blob.digest, reader.pieces(blob.size), options)
  } catch (error) {
    if (codeOf(error) !== 'ARTIFACT_CORRUPT') throw error
    throw damaged(next, `the artifact ${blob.digest} is not as it was, or cut short`, error)
  }
}

const checkEnd = (end: Uint8Array, draft: StoreDraft, settings: Uint8Array): void => {
  const { next, commits, hash } = draft.head
  const expected = encodeEnd({
    events: next,
    commits,
    blobs: draft.artifacts,
    head: hash,
    settings,
  })
  if (!sameBytes(end, expected)) {
    throw damaged(next, 'it does not hold what its end says')
  }
}
