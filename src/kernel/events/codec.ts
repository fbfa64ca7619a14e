import { Packr } from 'msgpackr'
import { type Column, decodeColumn } from './columns.ts'
import type { EventMeta, RecordedEvent } from './event.ts'
import type { Extract, Storable } from './storable.ts'

/**
 * The settings are part of the log's format and frozen: no shared record structures (bytes that need a
 * side table are not an archive), no extension types, no hooks (a param may be called `toJSON`).
 */
const packr = new Packr({
  useRecords: false,
  variableMapSize: true,
  int64AsType: 'bigint',
  copyBuffers: true,
  moreTypes: false,
  useToJSON: false,
})

/** Packs a value of the engine's own making. */
export const pack = (value: unknown): Uint8Array => packr.pack(value)

/** Unpacks bytes that varve itself wrote; never bytes from outside. */
export const unpack = (bytes: Uint8Array): unknown => packr.unpack(bytes)

/** For data derived from the log, which is disposable: typed arrays and maps as they are. */
const derivedPackr = new Packr({
  useRecords: false,
  variableMapSize: true,
  moreTypes: true,
  useToJSON: false,
})

/** Packs the saved state of a projection. */
export const packDerived = (value: unknown): Uint8Array => derivedPackr.pack(value)

/** Unpacks what `packDerived` gave. */
export const unpackDerived = (bytes: Uint8Array): unknown => derivedPackr.unpack(bytes)

/**
 * One event in a payload: type, stream and actor are indices into the payload's strings; `ago` is how many
 * ms before the commit the event was recorded (0 but for imports); the data comes last.
 */
type EventTuple = [
  type: number,
  stream: number,
  revision: number,
  schema: number,
  actor: number,
  ago: number,
  meta: EventMeta | null,
  extracts: readonly Extract[] | null,
  data: unknown,
]

type Payload = [strings: string[], events: EventTuple[]]

/** An event and its data as the payload keeps it. */
export interface PreparedEvent {
  readonly event: RecordedEvent
  readonly storable: Storable
}

/** Bytes of a commit's events. */
export const encodePayload = (events: readonly PreparedEvent[], recordedAt: number): Uint8Array => {
  const strings: string[] = []
  const indices = new Map<string, number>()
  const indexOf = (text: string): number => {
    const known = indices.get(text)
    if (known !== undefined) return known
    indices.set(text, strings.length)
    return strings.push(text) - 1
  }
  const tuples = events.map(({ event, storable: { plain, extracts } }): EventTuple => {
    return [
      indexOf(event.type),
      indexOf(event.stream),
      event.revision,
      event.schema,
      indexOf(event.actor),
      recordedAt - event.recordedAt,
      event.meta ?? null,
      extracts.length === 0 ? null : extracts,
      plain,
    ]
  })
  return pack([strings, tuples] satisfies Payload)
}

/** Puts an extracted value back where it was taken from. */
const restore = (data: unknown, [path, ...column]: Extract): unknown => {
  const value: Column | number = decodeColumn(column)
  const last = path.at(-1)
  if (last === undefined) return value
  let holder: unknown = data
  for (const key of path.slice(0, -1)) {
    if (typeof holder !== 'object' || holder === null) return data
    holder = Reflect.get(holder, key)
  }
  if (typeof holder === 'object' && holder !== null) Reflect.set(holder, last, value)
  return data
}

/** Where a payload's events stand in the log. */
interface PayloadPlace {
  readonly first: number
  readonly recordedAt: number
}

const dataOf = (extracts: readonly Extract[] | null, plain: unknown): unknown => {
  let data = plain
  if (extracts !== null) for (const item of extracts) data = restore(data, item)
  return data
}

/** The events of a payload, in order. */
export const decodePayload = (bytes: Uint8Array, place: PayloadPlace): RecordedEvent[] => {
  // `as` because the bytes were written by encodePayload and their digest was checked.
  const [strings, tuples] = unpack(bytes) as Payload
  return tuples.map((tuple, index): RecordedEvent => {
    const [type, stream, revision, schema, actor, ago, meta, extracts, plain] = tuple
    const event = {
      position: place.first + index,
      stream: strings[stream] ?? '',
      revision,
      type: strings[type] ?? '',
      schema,
      recordedAt: place.recordedAt - ago,
      actor: strings[actor] ?? '',
      data: dataOf(extracts, plain),
    }
    return meta === null ? event : { ...event, meta }
  })
}
