import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { law } from '../../../test/property.ts'
import { storable } from '../events/storable.ts'
import { emptyHead, encodeCommit } from '../log/commit.ts'
import type { EventLog } from '../log/event-log.ts'
import { openMemoryLog } from '../log/memory-log.ts'
import type { When } from '../moment.ts'
import { findMoment, parseWhen } from './when.ts'

const now = Date.UTC(2026, 10, 14, 12)
const utc = (...parts: Parameters<typeof Date.UTC>): { time: number } => ({
  time: Date.UTC(...parts),
})

describe('A moment', () => {
  it.each<[When, { time: number } | { position: number }]>([
    [0, { position: 0 }],
    [-1, { position: -1 }],
    [48_213, { position: 48_213 }],
    [new Date(5), { time: 5 }],
    ['now', { time: now }],
    [' now ', { time: now }],
    ['now-7d', { time: now - 7 * 86_400_000 }],
    ['now - 90m', { time: now - 90 * 60_000 }],
    ['now-1s', { time: now - 1000 }],
    ['now-2h', { time: now - 2 * 3_600_000 }],
    ['now-3w', { time: now - 21 * 86_400_000 }],
    ['now-0d', { time: now }],
    ['2026-11-14', utc(2026, 10, 14, 23, 59, 59, 999)],
    ['2024-02-29', utc(2024, 1, 29, 23, 59, 59, 999)],
    ['2026-11-14T09:30', utc(2026, 10, 14, 9, 30)],
    ['2026-11-14T09:30:15', utc(2026, 10, 14, 9, 30, 15)],
    ['2026-11-14T09:30:15.250Z', utc(2026, 10, 14, 9, 30, 15, 250)],
    ['2026-11-14T09:30:00+02:00', utc(2026, 10, 14, 7, 30)],
    ['2026-11-14T09:30:00-0530', utc(2026, 10, 14, 15)],
    ['1969-12-31T23:59:59Z', { time: -1000 }],
  ])('may be said as %j', (when, expected) => {
    expect(parseWhen(when, now)).toEqual(expected)
  })

  it.each([
    ...['', 'yesterday', 'now-7', 'now-7y', 'now+1d', 'now--1d', 'now-1.5d', '2026', '2026-11'],
    ...['2026-02-30', '2025-02-29', '2026-13-01', '2026-11-14T25:00Z', '2026-11-14T09:61Z'],
    ...['2026-02-30T09:30Z', '14.11.2026', '2026-11-14 09:30', '12', '2026-11-14T09:30:00+2'],
    ...[1.5, -2, Number.NaN, Number.POSITIVE_INFINITY, new Date('no'), null, {}, [], true],
  ])('is not %j', (when) => {
    // `as`: what a program without types may hand over.
    expect(() => parseWhen(when as When, now)).toThrow(/is no moment\. Give a position/)
  })
})

/** A log with a commit for each list of times. */
const logOf = async (lists: readonly (readonly number[])[]): Promise<EventLog> => {
  const log = await openMemoryLog()
  let head = emptyHead
  for (const times of lists) {
    const events = times.map((recordedAt, index) => ({
      storable: storable(null, 'event'),
      event: {
        position: head.next + index,
        stream: 's',
        revision: head.next + index,
        type: 't',
        schema: 1,
        recordedAt,
        actor: 'ana',
        data: null,
      },
    }))
    const encoded = encodeCommit(events, head, 1)
    await log.append(encoded.stored)
    head = encoded.head
  }
  return log
}

describe('Finding a moment', () => {
  it('gives the last event at or before a time, wherever in a commit it stands', async () => {
    const log = await logOf([[10], [20, 20, 25], [25], [40]])
    const found: number[] = []
    for (const time of [9, 10, 19, 20, 24, 25, 39, 40, 99])
      found.push((await findMoment(log, { time }, 6)).position)
    expect(found).toEqual([-1, 0, 0, 2, 2, 4, 4, 5, 5])
    expect(await findMoment(log, { time: 24 }, 6)).toEqual({ position: 2, recordedAt: 20 })
    expect(await findMoment(log, { time: 9 }, 6)).toEqual({ position: -1, recordedAt: 0 })
  })

  it('gives a position its time, and refuses one that is not there yet', async () => {
    const log = await logOf([[10], [20, 21]])
    expect(await findMoment(log, { position: 1 }, 3)).toEqual({ position: 1, recordedAt: 20 })
    expect(await findMoment(log, { position: -1 }, 3)).toEqual({ position: -1, recordedAt: 0 })
    await expect(findMoment(log, { position: 3 }, 3)).rejects.toMatchObject({
      code: 'MOMENT_INVALID',
      data: { value: 3, last: 2 },
    })
  })

  it('sees nothing that is not committed for readers yet', async () => {
    const log = await logOf([[10], [20]])
    expect((await findMoment(log, { time: 99 }, 1)).position).toBe(0)
    expect((await findMoment(log, { time: 99 }, 0)).position).toBe(-1)
  })

  it('is what a look at every event finds', async () => {
    const gaps = fc.array(fc.array(fc.nat(3), { minLength: 1, maxLength: 4 }), { maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(gaps, fc.integer({ min: -2, max: 60 }), async (lists, time) => {
        let clock = 0
        const times = lists.map((list) => list.map((gap) => (clock += gap)))
        const all = times.flat()
        const position = all.findLastIndex((each) => each <= time)
        expect(await findMoment(await logOf(times), { time }, all.length)).toEqual({
          position,
          recordedAt: all[position] ?? 0,
        })
      }),
      law(),
    )
  })
})

describe('A log with a hole', () => {
  it('has no moment in it, and says where it is', async () => {
    const whole = await logOf([[1, 1], [2, 2], [3, 3], [4]])
    const log: EventLog = await openMemoryLog()
    for await (const commits of whole.read(0)) {
      for (const commit of commits) if (commit.first !== 4) await log.append(commit)
    }
    for (const when of [{ time: 2 }, { time: 3 }, { position: 4 }, { position: 5 }]) {
      await expect(findMoment(log, when, 7)).rejects.toMatchObject({
        code: 'LOG_CORRUPT',
        data: { position: expect.any(Number) },
      })
    }
    expect(await findMoment(log, { position: 2 }, 7)).toEqual({ position: 2, recordedAt: 2 })
  })
})
