import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { law } from '../../../test/property.ts'
import type { DerivedEntries, Reader } from '../../kernel/engine.ts'
import type { RecordedEvent } from '../../kernel/events/event.ts'
import type { Entries } from '../../kernel/log/event-log.ts'
import { openMemoryLog } from '../../kernel/log/memory-log.ts'
import { type MetricInput, metricColumns } from '../input.ts'
import { type HistoryParts, readHistory } from './history.ts'
import { downsample } from './line.ts'
import { pointsIn } from './points.ts'
import { SeriesStore } from './series-store.ts'

/** The points of a run, as its events have them, and how often its stream was read from which event on. */
class Run {
  readonly events: RecordedEvent[] = []
  readonly readFrom: number[] = []

  log(points: readonly MetricInput[]): void {
    const position = this.events.length
    this.events.push({
      type: 'run.metrics-logged',
      stream: 'run:r',
      data: metricColumns(points, 0),
      position,
      revision: position,
      schema: 1,
      recordedAt: 0,
      actor: 'ada',
    })
  }

  get reader(): Pick<Reader, 'stream'> {
    return {
      stream: async (_, upTo = Number.POSITIVE_INFINITY, from = 0) => {
        this.readFrom.push(from)
        return this.events.filter(({ position }) => position >= from && position <= upTo)
      },
    }
  }
}

const derivedFrom = (entries: Entries, erasures = { count: 0 }): DerivedEntries => ({
  generation: () => erasures.count,
  get: (key) => entries.get(key),
  scan: (prefix) => entries.scan(prefix),
  update: async (make) => await entries.write(await make()),
})

const setUp = async (points: number) => {
  const { entries } = await openMemoryLog()
  const run = new Run()
  const problems: unknown[] = []
  const parts: HistoryParts = {
    // `as`: history reads streams and nothing else.
    reader: run.reader as Reader,
    series: new SeriesStore(derivedFrom(entries)),
    worth: { points, each: 1 },
    report: (error) => problems.push(error),
  }
  const ask = async (metric: string, count?: number, position = run.events.length - 1) => {
    const upTo = run.events.slice(0, position + 1)
    const whole = pointsIn(upTo, metric)
    const query = { id: 'r', metric, position, total: whole.step.length, count }
    return { found: await readHistory(parts, query), expected: downsample(whole, count) }
  }
  return { run, entries, ask, problems, series: parts.series }
}

const curve = (from: number, count: number, key = 'loss'): MetricInput[] =>
  Array.from({ length: count }, (_, at) => ({
    key,
    value: Math.sin((from + at) / 50) + ((from + at) % 97 === 0 ? 3 : 0),
    step: from + at,
    timestamp: at,
  }))

describe('The history of a metric', () => {
  const value = fc.oneof(
    fc.double(),
    fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0),
  )
  const key = fc.constantFrom('loss', '__proto__', 'a\u0000b')
  const batch = fc.record({
    key,
    from: fc.oneof(fc.nat(4000), fc.constant(-1)),
    length: fc.oneof(fc.nat(20), fc.nat(1500)),
    odd: fc.array(fc.record({ key, value, step: fc.integer({ min: -5, max: 5000 }) }), {
      maxLength: 4,
    }),
  })
  const question = fc.record({
    key,
    count: fc.option(fc.integer({ min: 1, max: 300 }), { nil: undefined }),
    back: fc.oneof(fc.constant(0), fc.nat(3)),
  })

  it('is the same from blocks as from the log, in whatever order points came and questions were asked', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(batch, fc.array(question, { maxLength: 3 })), { maxLength: 8 }),
        fc.constantFrom(1, 500, 3000),
        async (history, worth) => {
          const { run, ask, problems } = await setUp(worth)
          let next = 0
          for (const [{ key: metric, from, length, odd }, questions] of history) {
            // Curves mostly go on; some begin again or jump.
            const start = from < 0 ? next : from
            next = start + length
            run.log([...curve(start, length, metric), ...odd])
            for (const { key: asked, count, back } of questions) {
              const { found, expected } = await ask(
                asked,
                count,
                Math.max(0, run.events.length - 1 - back),
              )
              expect(found).toEqual(expected)
            }
          }
          expect(problems).toEqual([])
        },
      ),
      law(60),
    )
  })

  it('is read from blocks once it was asked for: only what came after is read from the log', async () => {
    const { run, ask, series } = await setUp(1000)
    for (let at = 0; at < 20; at++) run.log(curve(at * 1000, 1000))
    await ask('loss', 400)
    expect(await series.through('r')).toBe(19)
    run.log(curve(20_000, 10))
    const { found, expected } = await ask('loss', 400)
    expect(found).toEqual(expected)
    expect(run.readFrom).toEqual([0, 20])
  })

  it('is right, and the blocks are made anew, when one of them is damaged, gone or of another time', async () => {
    const { run, entries, ask, series } = await setUp(1000)
    for (let at = 0; at < 20; at++) run.log(curve(at * 1000, 1000))
    await ask('loss')
    const stored = []
    for await (const entry of entries.scan(new Uint8Array())) stored.push(entry)
    expect(stored.length).toBe(2 + Math.ceil(20_000 / 512 / 16))
    const damages = stored.flatMap(({ key: at, value: bytes }) => [
      { key: at },
      {
        key: at,
        value: bytes.map((byte, index) => (index === bytes.length >>> 1 ? byte ^ 1 : byte)),
      },
    ])
    for (const damage of damages) {
      await entries.write([damage])
      for (const count of [undefined, 400, 400]) {
        const { found, expected } = await ask('loss', count)
        expect(found).toEqual(expected)
      }
    }
    await ask('loss')
    expect(await series.through('r')).toBe(19)
  })

  it('is right when blocks cannot be written, and that is reported', async () => {
    const { run, entries, ask, problems } = await setUp(1000)
    run.log(curve(0, 2000))
    const { write } = entries
    entries.write = () => Promise.reject(new Error('disk full'))
    const { found, expected } = await ask('loss', 100)
    expect(found).toEqual(expected)
    expect(problems).toMatchObject([{ message: 'disk full' }])
    entries.write = write
    expect((await ask('loss', 100)).found).toEqual(expected)
  })
})

describe('Blocks made of points that were read before an erasure', () => {
  it('are not kept', async () => {
    const { entries } = await openMemoryLog()
    const erasures = { count: 0 }
    const series = new SeriesStore(derivedFrom(entries, erasures))
    const run = new Run()
    run.log(curve(0, 10))
    const points = new Map([['loss', pointsIn(run.events, 'loss')]])
    const generation = series.generation()
    erasures.count += 1
    await series.add('r', points, { from: -1, through: 0, generation })
    expect(await series.series('r', 'loss')).toBeUndefined()
    await series.add('r', points, { from: -1, through: 0, generation: series.generation() })
    expect((await series.series('r', 'loss'))?.summaries.length).toBe(1)
  })
})
