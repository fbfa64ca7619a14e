import * as v from 'valibot'
import { codeOf } from '../kernel/errors.ts'
import { decodeEvents, type Head, verifyCommit } from '../kernel/log/commit.ts'
import { Erasures } from '../kernel/log/erasures.ts'
import type { StoredCommit } from '../kernel/log/event-log.ts'
import type { StoreSettings } from '../kernel/log/settings.ts'
import { damaged } from './archive.ts'
import { bytesOfBase64, hexOf } from './bytes.ts'
import { type CommitClose, type ExportedEvent, eventOfLine, lineOf } from './cloud-events.ts'
import { commitOf, marker, settingsDigest } from './export-events.ts'
import { knownSettings, settle } from './import-archive.ts'
import { pathOf } from './input.ts'
import { linesIn } from './lines.ts'
import type { KeepingOptions } from './log-source.ts'
import { draftStore, type StoreCopy, type StoreDraft } from './store-draft.ts'

/**
 * Makes a store from the lines that `exportEvents` gave, in a folder that does not exist or is empty: the same
 * commits, byte for byte, which their hashes prove. Artifacts' bytes are not among events; copy `blobs` for them.
 *
 * @param lines - Text in pieces of any size; lines end with a line feed.
 * @throws `LOG_CORRUPT` with the position for a line that was changed, lost, moved or added, `LOG_FORMAT`,
 * `INVALID_VALUE` when the folder is taken, `LOG_LOCKED`, `LOG_WRITE_FAILED`
 */
export const importEvents = async (
  lines: AsyncIterable<string> | Iterable<string>,
  to: string,
  { signal }: KeepingOptions = {},
): Promise<StoreCopy> => {
  const folder = pathOf(to, 'importEvents')
  const values = parsedLines(lines)
  try {
    const first = await values.next()
    const settings = settingsOf(first.done === true ? undefined : first.value)
    await using draft = await draftStore(folder, settings)
    const end = await takeLines(values, draft, { id: settings.id, signal })
    settle(draft)
    checkEnd(end, draft.head, settings)
    if ((await values.next()).done !== true) {
      throw damaged(draft.head.next, 'lines follow the one that ends it')
    }
    return await draft.finish('events')
  } finally {
    await values.return()
  }
}

async function* parsedLines(
  lines: AsyncIterable<string> | Iterable<string>,
): AsyncGenerator<unknown, void> {
  for await (const { text, number } of linesIn(lines)) {
    let value: unknown
    try {
      value = JSON.parse(text)
    } catch (cause) {
      throw damaged(0, `line ${number} is not JSON`, cause)
    }
    yield value
  }
}

const markerSchema = v.object({
  specversion: v.literal('1.0'),
  source: v.string(),
  type: v.string(),
  data: v.unknown(),
})

type Marker = v.InferOutput<typeof markerSchema>

/** The marker that a line is; `undefined` for any other line. */
const markerOf = (value: unknown, type: string): Marker | undefined => {
  const { success, output } = v.safeParse(markerSchema, value)
  const isEvent = typeof value === 'object' && value !== null && 'sequence' in value
  return success && !isEvent && output.type === type ? output : undefined
}

/** What the first line says. */
const settingsOf = (value: unknown): StoreSettings => {
  const began = markerOf(value, marker.began)
  if (began === undefined) throw damaged(0, 'its first line does not say what store it is')
  const settings = knownSettings(began.data)
  if (began.source !== `/stores/${settings.id}`) throw damaged(0, 'its first line names two stores')
  return settings
}

/** Takes in events up to the last line, which it gives. */
const takeLines = async (
  values: AsyncGenerator<unknown, void>,
  draft: StoreDraft,
  { id, signal }: { readonly id: string; readonly signal: AbortSignal | undefined },
): Promise<Marker> => {
  let pending: ExportedEvent[] = []
  for (;;) {
    const { next } = draft.head
    const read = await values.next()
    if (read.done === true) throw damaged(next + pending.length, 'it is cut short')
    const end = markerOf(read.value, marker.ended)
    if (end !== undefined && pending.length === 0) return end
    const exported = takeLine(read.value, draft.head, { id, pending: pending.length })
    pending.push(exported)
    if (exported.close === undefined) continue
    signal?.throwIfAborted()
    await draft.add(rebuilt(pending, exported.close, draft.head))
    pending = []
  }
}

interface Place {
  readonly id: string
  /** Lines of the commit that came before. */
  readonly pending: number
}

const takeLine = (value: unknown, head: Head, { id, pending }: Place): ExportedEvent => {
  const position = head.next + pending
  let exported: ExportedEvent
  try {
    exported = eventOfLine(id, value)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw damaged(position, `a line is not an event (${why})`, cause)
  }
  if (exported.event.position !== position) {
    throw damaged(position, `the next line is of position ${exported.event.position}`)
  }
  if (exported.commit !== head.commits) {
    throw damaged(position, `the line is of commit ${exported.commit}, not ${head.commits}`)
  }
  return exported
}

/** The commit that the lines were, of which the hash is proof. */
const rebuilt = (
  lines: readonly ExportedEvent[],
  close: CommitClose,
  before: Head,
): StoredCommit => {
  try {
    const stored =
      close.stored === undefined
        ? commitOf(
            lines.map(({ event }) => event),
            before,
            close.epoch,
          ).stored
        : kept(lines, close.stored, before)
    // What a payload has to be, later lines may say.
    const after = verifyCommit(stored, before, new Erasures())
    if (hexOf(after.hash) !== close.hash || hexOf(before.hash) !== close.previous) {
      throw damaged(before.next, 'the events of a commit do not have the hash that it states')
    }
    return stored
  } catch (cause) {
    if (codeOf(cause) === 'LOG_CORRUPT' || codeOf(cause) === 'LOG_FORMAT') throw cause
    throw damaged(before.next, 'the events of a commit cannot be stored', cause)
  }
}

/** A commit whose bytes came along, when its events are those of the lines. */
const kept = (lines: readonly ExportedEvent[], text: string, before: Head): StoredCommit => {
  const stored = { first: before.next, bytes: bytesOfBase64(text) }
  verifyCommit(stored, before, new Erasures())
  const events = decodeEvents(stored)
  const same =
    events.length === lines.length &&
    lines.every(({ event, commit }, index) => {
      const own = events[index]
      return (
        own !== undefined && lineOf('', { event, commit }) === lineOf('', { event: own, commit })
      )
    })
  if (!same) throw damaged(before.next, 'the bytes of a commit are not those of its lines')
  return stored
}

const endSchema = v.object({
  events: v.number(),
  commits: v.number(),
  hash: v.string(),
  settings: v.string(),
})

const checkEnd = ({ data, source }: Marker, head: Head, settings: StoreSettings): void => {
  const { next, commits, hash } = head
  const { success, output } = v.safeParse(endSchema, data)
  const same =
    success &&
    source === `/stores/${settings.id}` &&
    output.events === next &&
    output.commits === commits &&
    output.hash === hexOf(hash) &&
    output.settings === settingsDigest(settings)
  if (!same) throw damaged(next, 'it does not hold what its last line says')
}
