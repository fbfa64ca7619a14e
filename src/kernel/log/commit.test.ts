import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { law } from '../../../test/property.ts'
import type { PreparedEvent } from '../events/codec.ts'
import { storable } from '../events/storable.ts'
import {
  decodeEvents,
  decodeHeader,
  emptyHead,
  encodeCommit,
  type Head,
  headAfter,
  verifyCommit,
} from './commit.ts'
import type { EventLog, StoredCommit } from './event-log.ts'
import { openMemoryLog } from './memory-log.ts'
import { verifyLog, verifyTail } from './verify.ts'

interface Spec {
  readonly data: unknown
  readonly at?: number
  readonly revision?: number
  readonly comment?: string
}

const eventsOf = (specs: readonly Spec[], next: number): PreparedEvent[] =>
  specs.map(({ data, at = 10, revision, comment }, index) => ({
    storable: storable(data, 'event t'),
    event: {
      position: next + index,
      stream: 's',
      revision: revision ?? next + index,
      type: 't.happened',
      schema: 1,
      recordedAt: at,
      actor: 'ana',
      data,
      ...(comment === undefined ? {} : { meta: { comment } }),
    },
  }))

/** A chain of commits, each with the events of one list. */
const chain = (lists: readonly (readonly Spec[])[], start: Head = emptyHead, epoch = 1) => {
  let head = start
  const commits = lists.map((specs) => {
    const encoded = encodeCommit(eventsOf(specs, head.next), head, epoch)
    head = encoded.head
    return encoded.stored
  })
  return { commits, head }
}

const logOf = async (commits: readonly StoredCommit[]): Promise<EventLog> => {
  const log = await openMemoryLog()
  for (const commit of commits) await log.append(commit)
  return log
}

const verifyAll = (commits: readonly StoredCommit[]): Head =>
  commits.reduce((head, commit) => verifyCommit(commit, head), emptyHead)

const three = chain([[{ data: 1 }, { data: 2 }], [{ data: { a: 'b' } }], [{ data: [-0] }]])
const corruptAt = (position: number, why: RegExp) => ({
  code: 'LOG_CORRUPT',
  data: { position },
  message: expect.stringMatching(why),
})
const damage = (bytes: Uint8Array, index: number, by: number): Uint8Array => {
  const copy = bytes.slice()
  copy[index] = (copy[index] ?? 0) ^ by
  return copy
}

describe('A commit', () => {
  it('gives its events back, with their places, times and words', () => {
    const lists = [
      [
        { data: 1, at: 7 },
        { data: -0, at: 9, comment: 'why' },
      ],
      [{ data: null, at: 9 }],
    ]
    const { commits } = chain(lists)
    const expected = [...eventsOf(lists[0] ?? [], 0), ...eventsOf(lists[1] ?? [], 2)]
    expect(commits.flatMap(decodeEvents)).toEqual(expected.map(({ event }) => event))
  })

  it('leaves the head that the next one needs', () => {
    expect(verifyAll(three.commits)).toEqual(three.head)
    expect(headAfter(three.commits.at(-1))).toEqual(three.head)
    expect(headAfter(undefined)).toEqual(emptyHead)
    expect(three.head).toMatchObject({ next: 4, commits: 3, recordedAt: 10, epoch: 1 })
  })

  it('names the owner that wrote it, and the commit before', () => {
    const [first, second] = three.commits
    if (first === undefined || second === undefined) throw new Error('There are three.')
    expect(decodeHeader(second)).toMatchObject({ first: 2, count: 1, commit: 1, epoch: 1 })
    expect(decodeHeader(second).previous).toEqual(headAfter(first).hash)
  })

  it('is found out by a change of any byte, wherever it stands in the log', () => {
    for (const [index, commit] of three.commits.entries()) {
      for (let byte = 0; byte < commit.bytes.length; byte++) {
        for (const by of [1, 0x80, 0xff]) {
          const bad = [...three.commits]
          bad[index] = { first: commit.first, bytes: damage(commit.bytes, byte, by) }
          expect(() => verifyAll(bad), `commit ${index}, byte ${byte}`).toThrow(/damaged|format/)
        }
      }
    }
  })

  it('is found out when it is cut or grows', () => {
    const last = three.commits.at(-1)
    if (last === undefined) throw new Error('There are three.')
    const changed = [new Uint8Array([...last.bytes, 0])]
    for (let length = 0; length < last.bytes.length; length++)
      changed.push(last.bytes.slice(0, length))
    for (const bytes of changed) {
      const bad = [...three.commits.slice(0, -1), { first: last.first, bytes }]
      expect(() => verifyAll(bad), `${bytes.length} bytes`).toThrow(/damaged/)
    }
  })

  it('is of the past when an older owner wrote it', () => {
    const deposed = chain([[{ data: 9 }]], { ...three.head, epoch: 2 }, 1)
    const head = { ...three.head, epoch: 2 }
    const [commit] = deposed.commits
    if (commit === undefined) throw new Error('There is one.')
    expect(() => verifyCommit(commit, head)).toThrow(/older owner/)
  })

  it('cannot be older than the one before', () => {
    const { commits } = chain([[{ data: 1, at: 10 }], [{ data: 2, at: 9 }]])
    expect(() => verifyAll(commits)).toThrow(/time goes backward/)
  })

  it('comes back as it was, whatever its events', () => {
    // A key `__proto__` is refused before a commit is made.
    const json = fc.jsonValue().filter((value) => !JSON.stringify(value).includes('__proto__'))
    const spec = fc.record({ data: json, at: fc.nat(), comment: fc.string() })
    fc.assert(
      fc.property(
        fc.array(fc.array(spec, { minLength: 1, maxLength: 5 }), { maxLength: 5 }),
        (lists) => {
          const sorted = lists.flat().sort((a, b) => a.at - b.at)
          const again = lists.map((list) => sorted.splice(0, list.length))
          const { commits, head } = chain(again)
          expect(verifyAll(commits)).toEqual(head)
          expect(
            commits
              .flatMap(decodeEvents)
              .map(({ data, recordedAt, meta }) => [data, recordedAt, meta?.comment]),
          ).toEqual(again.flat().map(({ data, at: time, comment }) => [data, time, comment]))
        },
      ),
      law(),
    )
  })
})

describe('The end of a log', () => {
  const [a, b, c] = three.commits
  if (a === undefined || b === undefined || c === undefined) throw new Error('There are three.')
  const marks = [emptyHead, headAfter(a), headAfter(b), headAfter(c)]

  it('is verified from any mark', async () => {
    for (const mark of marks)
      expect(await verifyTail(await logOf([a, b, c]), mark)).toEqual(three.head)
    expect(await verifyTail(await openMemoryLog())).toEqual(emptyHead)
  })

  it('has no hole', async () => {
    for (const mark of marks.slice(0, 2))
      await expect(verifyTail(await logOf([a, c]), mark)).rejects.toMatchObject(
        corruptAt(2, /missing/),
      )
    await expect(verifyTail(await logOf([b, c]))).rejects.toMatchObject(corruptAt(0, /missing/))
  })

  it('is not before what was verified once', async () => {
    const error = await verifyTail(await logOf([a]), headAfter(c)).catch(
      (reason: unknown) => reason,
    )
    expect(error).toMatchObject({ code: 'LOG_CORRUPT', data: { position: 2, verified: 4 } })
    await expect(verifyTail(await openMemoryLog(), headAfter(a))).rejects.toMatchObject({
      code: 'LOG_CORRUPT',
    })
  })

  it('is of the log that was verified', async () => {
    const foreign = chain([[{ data: 'x' }, { data: 'y' }], [{ data: 'z' }]])
    const wider = chain([[{ data: 'x' }, { data: 'y' }, { data: 'z' }], [{ data: 1 }]])
    for (const { commits } of [foreign, wider])
      for (const mark of marks.slice(1))
        await expect(verifyTail(await logOf(commits), mark)).rejects.toMatchObject({
          code: 'LOG_CORRUPT',
        })
    const [, second] = foreign.commits
    if (second === undefined) throw new Error('There are two.')
    await expect(verifyTail(await logOf([a, second]))).rejects.toMatchObject(
      corruptAt(2, /does not link/),
    )
  })

  it('has no changed byte behind the mark', async () => {
    const bad = { first: b.first, bytes: damage(b.bytes, b.bytes.length - 1, 1) }
    await expect(verifyTail(await logOf([a, bad, c]), headAfter(a))).rejects.toMatchObject(
      corruptAt(2, /digest/),
    )
    await expect(verifyTail(await logOf([a, bad, c]), headAfter(c))).resolves.toEqual(three.head)
  })

  it('of a newer format is refused with what to do', async () => {
    // The header begins after the frame: an array of 8, then the format.
    const bytes = damage(c.bytes, 7, 3)
    expect(() => headAfter({ first: c.first, bytes })).toThrow(/has format 2; .*Use the version/)
  })
})

describe('The whole log', () => {
  it('is counted, and every event is shown', async () => {
    const seen: unknown[] = []
    const verified = await verifyLog(await logOf(three.commits), 3, (events) => {
      seen.push(...events.map(({ data }) => data))
    })
    expect(verified).toEqual({ head: three.head, events: 4, commits: 3, erased: 0 })
    expect(seen).toEqual([1, 2, { a: 'b' }, [-0]])
  })

  it('is checked up to what was there when the check began', async () => {
    const verified = await verifyLog(await logOf(three.commits), 2, () => undefined)
    expect(verified).toMatchObject({ events: 3, commits: 2 })
  })

  it('has the events that it was known to have', async () => {
    await expect(
      verifyLog(await logOf(three.commits.slice(0, 2)), 3, () => undefined),
    ).rejects.toMatchObject({ code: 'LOG_CORRUPT', data: { position: 3, verified: 4 } })
  })

  it('has gapless revisions and times in order', async () => {
    const bad: readonly [readonly Spec[], RegExp][] = [
      [
        [
          { data: 1, revision: 0 },
          { data: 2, revision: 2 },
        ],
        /revision 2 of "s", not 1/,
      ],
      [
        [
          { data: 1, at: 10 },
          { data: 2, at: 8 },
          { data: 3, at: 10 },
        ],
        /before that of the event/,
      ],
    ]
    for (const [specs, why] of bad) {
      const { commits } = chain([specs])
      await expect(
        verifyLog(await logOf(commits), specs.length - 1, () => undefined),
      ).rejects.toMatchObject(corruptAt(1, why))
    }
  })
})
