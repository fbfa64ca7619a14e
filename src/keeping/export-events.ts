import { sha256Hex } from '#platform'
import type { RecordedEvent } from '../kernel/events/event.ts'
import { storable } from '../kernel/events/storable.ts'
import { decodeEvents, type EncodedCommit, encodeCommit, type Head } from '../kernel/log/commit.ts'
import type { StoreSettings } from '../kernel/log/settings.ts'
import { base64Of, hexOf, sameBytes } from './bytes.ts'
import { envelope, eventOfLine, lineOf } from './cloud-events.ts'
import { type CheckedCommit, commitsOf, type KeepingOptions, type LogSource } from './log-source.ts'

/** First and last line of an export: they alone have no `sequence`. */
export const marker = { began: 'varve.export.began', ended: 'varve.export.ended' } as const

/** The commit that events make on a head, as this varve writes it. @throws `INVALID_VALUE` */
export const commitOf = (
  events: readonly RecordedEvent[],
  before: Head,
  epoch: number,
): EncodedCommit => {
  const prepared = events.map((event) => ({
    event,
    storable: storable(event.data, `event ${event.type}@${event.position}`),
  }))
  return encodeCommit(prepared, before, epoch)
}

const plainSettings = ({ format, id, durability, createdAt }: StoreSettings): StoreSettings => ({
  format,
  id,
  durability,
  createdAt,
})

/** SHA-256 (hex) of what the first line says, which no commit covers. */
export const settingsDigest = (settings: StoreSettings): string =>
  sha256Hex(new TextEncoder().encode(JSON.stringify(plainSettings(settings))))

const markerLine = (store: string, type: string, data: unknown): string =>
  `${JSON.stringify({
    ...envelope(store, type),
    id: `${store}/${type}`,
    datacontenttype: 'application/json',
    data,
  })}\n`

/**
 * A store's events as lines of JSON, each a CloudEvent and ended by a line feed, between a line that says what
 * store it is and one that says what there was. Each piece of text holds whole lines.
 *
 * Every line was read back before it is given, and makes the same bytes and hashes.
 *
 * @throws `LOG_CORRUPT` with the position, `LOG_CLOSED`
 */
export async function* linesOf(
  source: LogSource,
  options: KeepingOptions = {},
): AsyncGenerator<string, void> {
  const { id } = source.settings
  yield markerLine(id, marker.began, plainSettings(source.settings))
  for await (const commit of commitsOf(source, options)) yield linesOfCommit(id, commit)
  const { next, commits, hash } = source.head
  const settings = settingsDigest(source.settings)
  yield markerLine(id, marker.ended, { events: next, commits, hash: hexOf(hash), settings })
}

const linesOfCommit = (store: string, { stored, before, after }: CheckedCommit): string => {
  const events = decodeEvents(stored)
  const lines = events
    .slice(0, -1)
    .map((item) => lineOf(store, { event: item, commit: before.commits }))
  const event = events.at(-1)
  if (event === undefined) return ''
  const close = {
    epoch: after.epoch,
    previous: hexOf(before.hash),
    hash: hexOf(after.hash),
  }
  const last = lineOf(store, { event, commit: before.commits, close })
  if (isReadAs(store, [...lines, last], { stored, before, after })) lines.push(last)
  else {
    const whole = { ...close, stored: base64Of(stored.bytes) }
    lines.push(lineOf(store, { event, commit: before.commits, close: whole }))
  }
  return `${lines.join('\n')}\n`
}

/** Whether an import of the lines makes the commit, byte for byte. An older varve may have written other ones. */
const isReadAs = (
  store: string,
  lines: readonly string[],
  { stored, before, after }: CheckedCommit,
): boolean => {
  try {
    const events = lines.map((line) => eventOfLine(store, JSON.parse(line)).event)
    return sameBytes(commitOf(events, before, after.epoch).stored.bytes, stored.bytes)
  } catch {
    return false
  }
}
