import fc from 'fast-check'
import { freeze } from 'immer'
import { describe, expect, it } from 'vitest'
import { law } from '../../../test/property.ts'
import type { RecordedEvent } from '../events/event.ts'
import type { Entries, Entry } from '../log/event-log.ts'
import { openMemoryLog } from '../log/memory-log.ts'
import { Checkpoint } from './checkpoint.ts'
import { FoldSet } from './fold-set.ts'
import { aggregateParts, Neighbours, onePart } from './parts.ts'
import type { Projection } from './projection.ts'
import { packState, unpackState } from './user-state.ts'

const happened = (position: number, type = 'it.happened'): RecordedEvent => ({
  position,
  stream: 's',
  revision: position,
  type,
  schema: 1,
  recordedAt: 0,
  actor: 'ana',
  data: null,
})

interface Count {
  value: number
}

const counting = (name: string, version = 1): Projection<Count> => ({
  name,
  version,
  initial: () => ({ value: 0 }),
  handlers: {
    'it.happened': (state: Count) => {
      state.value += 1
    },
  },
  parts: onePart({
    save: ({ value }) => value,
    load: (state, saved) => {
      state.value = Number(saved)
    },
  }),
})

/** How many events each stream has had: aggregates, of which many make a part. */
interface Counts {
  readonly neighbours: Neighbours
  readonly byStream: Map<string, number>
}

const countingStreams: Projection<Counts> = {
  name: 'streams-counted',
  version: 1,
  initial: () => ({ neighbours: new Neighbours(), byStream: new Map() }),
  handlers: {
    'it.happened': ({ neighbours, byStream }: Counts, { stream }: RecordedEvent) => {
      neighbours.note(stream)
      byStream.set(stream, (byStream.get(stream) ?? 0) + 1)
    },
  },
  parts: aggregateParts({
    neighbours: ({ neighbours }) => neighbours,
    save: ({ byStream }, stream) => [stream, byStream.get(stream) ?? 0] as const,
    load: ({ byStream }, [stream, count]) => byStream.set(stream, count),
  }),
}

const writeCheckpoint = async (set: FoldSet, entries: Entries, position: number) => {
  const writes = await set.save(position)
  await entries.write(writes)
  return writes
}

interface Kept {
  readonly version: number
  readonly position: number
  readonly parts: readonly number[]
  readonly checkpoint: Checkpoint
}

/** What a checkpoint holds, when it is whole. */
const partsIn = async (
  checkpoint: Checkpoint,
  entries: Entries,
): Promise<unknown[] | undefined> => {
  const parts: unknown[] = []
  return (await checkpoint.load(entries, (part) => parts.push(part))) ? parts : undefined
}

describe('A checkpoint', () => {
  const names = fc.constantFrom('a', 'ab', 'b', '', '__proto__', 'é'.repeat(300), 'a\u0000')

  it('keeps the newest of every part, whatever was written in between', async () => {
    const save = fc.record({
      name: names,
      version: fc.nat(1),
      parts: fc.array(fc.nat(2), { maxLength: 6 }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(save, { maxLength: 12 }), async (saves) => {
        const { entries } = await openMemoryLog()
        const newest = new Map<string, Kept>()
        for (const [position, { name, version, parts }] of saves.entries()) {
          const before = newest.get(name)
          const known = before?.version === version ? before : undefined
          const checkpoint = known?.checkpoint ?? new Checkpoint({ name, version })
          const changed = [...parts.keys()].filter((at) => parts[at] !== known?.parts[at])
          const part = (at: number): unknown => parts[at]
          const writes = { position, count: parts.length, changed, part }
          await entries.write(await checkpoint.save(writes))
          newest.set(name, { version, position, parts, checkpoint })
        }
        for (const [name, { version, position, parts }] of newest) {
          const checkpoint = new Checkpoint({ name, version })
          expect(await checkpoint.position(entries)).toBe(position)
          expect(await partsIn(checkpoint, entries)).toEqual(parts)
          const other = new Checkpoint({ name, version: version + 1 })
          expect(await other.position(entries)).toBeUndefined()
          expect(await partsIn(other, entries)).toBeUndefined()
        }
      }),
      law(100),
    )
  })

  it('counts for nothing when a part of it is gone, damaged, or older than the rest', async () => {
    const { entries } = await openMemoryLog()
    const checkpoint = new Checkpoint({ name: 'a', version: 1 })
    const write = async (position: number, changed: number[]): Promise<Entry[]> => {
      const part = (at: number): unknown => `${at} at ${position}`
      const writes = await checkpoint.save({ position, count: 3, changed, part })
      await entries.write(writes)
      return writes
    }
    const first = await write(0, [0, 1, 2])
    const second = await write(1, [1])
    const whole = ['0 at 0', '1 at 1', '2 at 0']
    const read = () => partsIn(new Checkpoint({ name: 'a', version: 1 }), entries)
    expect(await read()).toEqual(whole)
    const [newer] = second
    const [, older] = first
    for (const key of [older?.key ?? new Uint8Array()]) {
      await entries.write([{ key }])
      expect(await read()).toBeUndefined()
      await entries.write([{ key, value: Uint8Array.from(newer?.value ?? [], (byte) => byte ^ 1) }])
      expect(await read()).toBeUndefined()
      // As if the write of the second checkpoint's part had been lost, and its manifest not.
      await entries.write([{ key, value: older?.value ?? new Uint8Array() }])
      expect(await read()).toBeUndefined()
      await entries.write([{ key, value: newer?.value ?? new Uint8Array() }])
    }
    expect(await read()).toEqual(whole)
  })

  it('leaves nothing behind when it is removed', async () => {
    const { entries } = await openMemoryLog()
    const others = new Checkpoint({ name: 'ab', version: 1 })
    const checkpoint = new Checkpoint({ name: 'a', version: 1 })
    for (const each of [checkpoint, others]) {
      await entries.write(
        await each.save({ position: 0, count: 2, changed: [0, 1], part: (at) => at }),
      )
    }
    await entries.write(await checkpoint.remove(entries))
    expect(await partsIn(checkpoint, entries)).toBeUndefined()
    expect(await partsIn(others, entries)).toEqual([0, 1])
  })

  it('gives the state of a user’s projection back as it was', () => {
    const bare = Object.assign(Object.create(null), { ['__proto__']: new Map([[1, -0]]) })
    const state = {
      numbers: [Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, 0.1, -0, 5n],
      map: new Map<unknown, unknown>([
        ['__proto__', 1],
        [7, new Map([['', new Set([-0])]])],
      ]),
      set: new Set(['toJSON']),
      date: new Date(5),
      columns: [Float64Array.of(-0, Number.NaN), Uint32Array.of(7), Uint8Array.of(3)],
      named: { constructor: 1, toJSON: 2, parts: [] },
      bare,
      nothing: [null, undefined, true],
    }
    const back = unpackState(packState(freeze(state, true)))
    expect(back).toEqual(state)
    for (const plain of [-0, 5, 'text', null, undefined, [], new Map(), new Set([new Map()])])
      expect(unpackState(packState(plain))).toEqual(plain)
    expect(Object.getPrototypeOf(Reflect.get(Object(back), 'bare'))).toBeNull()
  })
})

describe('A set of folds', () => {
  it('goes back to a checkpoint together, or not at all', async () => {
    const { entries } = await openMemoryLog()
    const [a, b] = [counting('a'), counting('b')]
    const set = new FoldSet([a, b])
    set.apply([happened(0), happened(1)])
    await writeCheckpoint(set, entries, 1)
    set.apply([happened(2)])

    const again = new FoldSet([a, b])
    expect(await again.load(entries, 1)).toBe(true)
    expect([again.state(a), again.state(b)]).toEqual([{ value: 2 }, { value: 2 }])
    expect(await again.differences(set)).toEqual(['a', 'b'])
    again.apply([happened(2)])
    expect(await again.differences(set)).toEqual([])

    for (const projections of [
      [a, counting('b', 2)],
      [a, b, counting('c')],
    ]) {
      const other = new FoldSet(projections)
      expect(await other.load(entries, 1)).toBe(false)
      expect(other.state(a)).toEqual({ value: 0 })
    }
    expect(await new FoldSet([a, b]).load(entries, 2)).toBe(false)
  })

  it('is the same from a checkpoint as it went on, whatever was saved, lost and changed before', async () => {
    const step = fc.oneof(
      { weight: 8, arbitrary: fc.nat(400) },
      { weight: 1, arbitrary: fc.constantFrom('saved' as const, 'lost' as const) },
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 200 }), async (steps) => {
        const { entries } = await openMemoryLog()
        const live = new FoldSet([countingStreams])
        let next = 0
        for (const what of steps) {
          if (what === 'saved') await writeCheckpoint(live, entries, next - 1)
          else if (what === 'lost') {
            await live.save(next - 1)
            live.notSaved()
          } else live.apply([{ ...happened(next++), stream: `s${what}` }])
        }
        await writeCheckpoint(live, entries, next - 1)
        const loaded = new FoldSet([countingStreams])
        expect(await loaded.load(entries, next - 1)).toBe(true)
        expect(loaded.state(countingStreams)).toEqual(live.state(countingStreams))
        expect(await loaded.differences(live)).toEqual([])
      }),
      law(50),
    )
  })

  it('saves what changed, and not what was there before', async () => {
    const { entries } = await openMemoryLog()
    const set = new FoldSet([countingStreams])
    const streams = Array.from({ length: 1000 }, (_, at) => ({ ...happened(at), stream: `s${at}` }))
    set.apply(streams)
    // A manifest, and 64 streams to a part.
    expect(await writeCheckpoint(set, entries, 999)).toHaveLength(1 + 16)
    set.apply([{ ...happened(1000), stream: 's70' }])
    expect(await writeCheckpoint(set, entries, 1000)).toHaveLength(1 + 1)
    expect(await writeCheckpoint(set, entries, 1001)).toHaveLength(1)
  })

  it('folds the events of a handler’s type only, also when a type is called like a built-in name', () => {
    const a = counting('a')
    const set = new FoldSet([a])
    for (const type of ['it.ended', 'constructor', '__proto__', 'toString'])
      set.apply([happened(0, type)])
    expect(set.state(a)).toEqual({ value: 0 })
    expect(() => set.state(counting('b'))).toThrow(TypeError)
  })

  it('tells of the first event at which a handler threw, and folds the rest', () => {
    const odd: Projection<Count> = {
      ...counting('odd'),
      handlers: {
        'it.happened': (state: Count, { position }: RecordedEvent) => {
          if (position % 2 === 1) throw new Error('odd')
          state.value += 1
        },
      },
    }
    const a = counting('a')
    const set = new FoldSet([odd, a])
    expect(() => set.apply([0, 1, 2, 3].map((position) => happened(position)))).toThrow(
      /projection odd threw at it\.happened@1: odd/,
    )
    expect([set.state(a), set.state(odd)]).toEqual([{ value: 4 }, { value: 2 }])
  })
})
