import * as v from 'valibot'
import type { EventMeta, RecordedEvent } from '../kernel/events/event.ts'
import { dataOfJson, jsonOf } from './json-data.ts'

/** Closes a commit: stands on the line of its last event. */
export interface CommitClose {
  /** Which ownership of the store wrote it. */
  readonly epoch: number
  /** Hash (hex) of the commit before, and of this one. */
  readonly previous: string
  readonly hash: string
  /** The commit's bytes (base64), where today's varve would write the same events as other bytes. */
  readonly stored?: string
}

/** The line is of another store. */
const ofOther = (source: string, store: string): Error =>
  new TypeError(`it is of ${source}, not of /stores/${store}`)

/** One line of an export: an event, the number of its commit, and the commit's close on its last event. */
export interface ExportedEvent {
  readonly event: RecordedEvent
  readonly commit: number
  readonly close?: CommitClose
}

/** `sequence` sorts as text. */
const sequenceDigits = 20

/** RFC 3339 has four digits for the year, and varve's clock may be anything. */
const timeOf = (recordedAt: number): string | undefined => {
  if (!Number.isInteger(recordedAt) || Object.is(recordedAt, -0)) return undefined
  if (recordedAt < -62_135_596_800_000 || recordedAt > 253_402_300_799_999) return undefined
  return new Date(recordedAt).toISOString()
}

/** What every line of an export begins with. */
export const envelope = (store: string, type: string): Readonly<Record<string, string>> => ({
  specversion: '1.0',
  source: `/stores/${store}`,
  type,
})

/** One event as a CloudEvent, version 1.0, in JSON on one line. */
export const lineOf = (store: string, { event, commit, close }: ExportedEvent): string => {
  const { position, stream, revision, type, schema, recordedAt, actor, data, meta } = event
  const time = timeOf(recordedAt)
  return JSON.stringify({
    ...envelope(store, type),
    id: `${store}/${position}`,
    subject: stream,
    ...(time === undefined ? { recordedat: jsonOf(recordedAt) } : { time }),
    datacontenttype: 'application/json',
    sequence: String(position).padStart(sequenceDigits, '0'),
    revision,
    schemaversion: schema,
    actor,
    // Text, because an attribute of a CloudEvent has no parts.
    ...(meta === undefined ? {} : { meta: JSON.stringify(jsonOf(meta)) }),
    commit,
    ...close,
    data: jsonOf(data),
  })
}

const whole = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const hash = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'Expected 64 hex digits'))

const metaSchema = v.looseObject({
  idempotencyKey: v.exactOptional(v.string()),
  request: v.exactOptional(v.string()),
  causation: v.exactOptional(v.number()),
  correlation: v.exactOptional(v.string()),
  comment: v.exactOptional(v.string()),
  claimed: v.exactOptional(v.string()),
})

const lineSchema = v.object({
  specversion: v.literal('1.0'),
  source: v.string(),
  type: v.string(),
  subject: v.string(),
  time: v.exactOptional(v.string()),
  recordedat: v.exactOptional(v.unknown()),
  sequence: v.pipe(v.string(), v.regex(/^\d{20}$/, 'Expected 20 digits')),
  revision: whole,
  schemaversion: whole,
  actor: v.string(),
  meta: v.exactOptional(v.string()),
  commit: whole,
  epoch: v.exactOptional(whole),
  previous: v.exactOptional(hash),
  hash: v.exactOptional(hash),
  stored: v.exactOptional(v.string()),
  data: v.unknown(),
})

type Line = v.InferOutput<typeof lineSchema>

const metaOf = (text: string): EventMeta => {
  const value = dataOfJson(JSON.parse(text))
  v.assert(metaSchema, value)
  // As it was written, because the schema's order of keys is another, and so would be the bytes.
  return value
}

const recordedAtOf = ({ time, recordedat }: Line): number => {
  const at = time === undefined ? dataOfJson(recordedat) : Date.parse(time)
  if (typeof at !== 'number') throw new TypeError('it does not say when it was recorded')
  return at
}

const closeOf = ({ epoch, previous, hash: own, stored }: Line): CommitClose | undefined => {
  if (epoch === undefined || previous === undefined || own === undefined) return undefined
  return { epoch, previous, hash: own, ...(stored === undefined ? {} : { stored }) }
}

/** The event of a parsed line. @throws `TypeError`, `ValiError`, `SyntaxError` for what is no line of an export */
export const eventOfLine = (store: string, value: unknown): ExportedEvent => {
  const line = v.parse(lineSchema, value)
  if (line.source !== `/stores/${store}`) throw ofOther(line.source, store)
  const close = closeOf(line)
  return {
    event: {
      position: Number(line.sequence),
      stream: line.subject,
      revision: line.revision,
      type: line.type,
      schema: line.schemaversion,
      recordedAt: recordedAtOf(line),
      actor: line.actor,
      data: dataOfJson(line.data),
      ...(line.meta === undefined ? {} : { meta: metaOf(line.meta) }),
    },
    commit: line.commit,
    ...(close === undefined ? {} : { close }),
  }
}
