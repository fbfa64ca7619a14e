import fc from 'fast-check'
import { gather, memoryBlobStore } from '../../src/artifacts/index.ts'
import type { LogSource } from '../../src/keeping/log-source.ts'
import type { EventMeta, RecordedEvent } from '../../src/kernel/events/event.ts'
import { storable } from '../../src/kernel/events/storable.ts'
import { emptyHead, encodeCommit, type Head } from '../../src/kernel/log/commit.ts'
import type { EventLog } from '../../src/kernel/log/event-log.ts'
import { openMemoryLog } from '../../src/kernel/log/memory-log.ts'

/** What an event says, before the log gives it a place. */
export interface Said {
  readonly stream: string
  readonly type: string
  readonly actor: string
  readonly data: unknown
  readonly meta?: EventMeta
  /** Ms after the event before. */
  readonly later: number
}

export const settings = {
  format: 1,
  id: '01900000-0000-7000-8000-000000000001',
  durability: 'os',
  createdAt: 1_700_000_000_000,
} as const

/** Lays commits of events down in a log in memory. */
export const historyOf = async (
  commits: readonly (readonly Said[])[],
  start: number = settings.createdAt,
): Promise<LogSource> => {
  const log = await openMemoryLog()
  const revisions = new Map<string, number>()
  let head: Head = { ...emptyHead }
  let time = start
  for (const [index, said] of commits.entries()) {
    const events = said.map(({ later, ...event }, at): RecordedEvent => {
      const revision = (revisions.get(event.stream) ?? -1) + 1
      revisions.set(event.stream, revision)
      time += later
      return { ...event, position: head.next + at, revision, schema: 1, recordedAt: time }
    })
    head = await append(log, events, { head, epoch: 1 + (index >>> 2) })
  }
  return { log, head, settings, blobs: memoryBlobStore(), check: () => undefined }
}

const append = async (
  log: EventLog,
  events: readonly RecordedEvent[],
  { head, epoch }: { readonly head: Head; readonly epoch: number },
): Promise<Head> => {
  const prepared = events.map((event) => ({ event, storable: storable(event.data, event.type) }))
  const { stored, head: after } = encodeCommit(prepared, head, epoch)
  await log.append(stored)
  return after
}

/** Names that break what is careless: prototypes, tags of the export, control characters, other scripts. */
const hostile = [
  '__proto__x',
  'constructor',
  'toString',
  'toJSON',
  '$num',
  '$$num',
  '$f64',
  '$',
  '0',
  '-1',
  '',
  'a\u0000b',
  'line\nbreak\r\u2028',
  '\u202eright to left',
  '😀'.repeat(250),
  'ü/../\\"quoted"',
  '\ufeffmark',
]

const name = fc.oneof(fc.constantFrom(...hostile), fc.string({ unit: 'grapheme', maxLength: 12 }))

const leaf = fc.oneof(
  name,
  fc.double(),
  fc.constantFrom(-0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
  fc.maxSafeInteger(),
  fc.boolean(),
  fc.constant(null),
  fc.bigInt({ min: 2n ** 53n, max: 2n ** 63n - 1n }),
  fc.bigInt({ min: -(2n ** 63n), max: -(2n ** 53n) }),
  fc.float64Array({ maxLength: 8 }),
  fc.uint32Array({ maxLength: 8 }),
  fc.uint8Array({ maxLength: 8 }),
)

/** Any data that an event may hold. */
export const anyData = fc.letrec((tie) => ({
  data: fc.oneof(
    { depthSize: 'small' },
    leaf,
    fc.array(tie('data'), { maxLength: 4 }),
    fc
      .array(fc.tuple(name, tie('data')), { maxLength: 4 })
      .map((pairs) => Object.fromEntries(pairs.filter(([key]) => key !== '__proto__'))),
  ),
})).data

const said: fc.Arbitrary<Said> = fc.record(
  {
    stream: name.map((text) => `thing:${text}`),
    type: fc.constantFrom('thing.happened', 'thing.ended'),
    actor: name,
    data: anyData,
    meta: fc.record(
      { comment: name, correlation: name, causation: fc.nat(), idempotencyKey: name },
      { requiredKeys: [] },
    ),
    later: fc.nat({ max: 5000 }),
  },
  { requiredKeys: ['stream', 'type', 'actor', 'data', 'later'] },
)

/** Any commits of any events. */
export const anyHistory = fc.array(fc.array(said, { minLength: 1, maxLength: 5 }), { maxLength: 6 })

/** Every stored byte of a log, commit by commit. */
export const storedBytes = async (log: EventLog): Promise<Uint8Array[]> => {
  const all: Uint8Array[] = []
  for await (const commits of log.read(0)) {
    for (const { bytes } of commits) all.push(new Uint8Array(bytes))
  }
  return all
}

export const wholeText = async (pieces: AsyncIterable<string>): Promise<string> => {
  let text = ''
  for await (const piece of pieces) text += piece
  return text
}

export const wholeBytes = (pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> => gather(pieces)
