import fc from 'fast-check'
import { freeze } from 'immer'
import { describe, expect, it } from 'vitest'
import { law } from '../../../test/property.ts'
import { packDerived } from '../events/codec.ts'
import type { RecordedEvent } from '../events/event.ts'
import { openMemoryLog } from '../log/memory-log.ts'
import { checkpointEntries, loadCheckpoint } from './checkpoint.ts'
import { FoldSet } from './fold-set.ts'
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
  save: ({ value }) => value,
  load: (saved) => ({ value: Number(saved) }),
})

describe('A checkpoint', () => {
  const names = fc.constantFrom('a', 'ab', 'b', '', '__proto__', 'é'.repeat(300), 'a\u0000')

  it('keeps the newest state of each name and version, whatever its size', async () => {
    const write = fc.record({ name: names, version: fc.nat(2), size: fc.nat(3) })
    await fc.assert(
      fc.asyncProperty(fc.array(write, { maxLength: 8 }), async (writes) => {
        const { entries } = await openMemoryLog()
        const newest = new Map<string, { version: number; position: number; saved: unknown }>()
        for (const [position, { name, version, size }] of writes.entries()) {
          // From nothing to three chunks, so that later ones are shorter than those before.
          const saved = { bytes: new Uint8Array(size * 1_000_000).fill(position), size }
          newest.set(name, { version, position, saved })
          await entries.write(await checkpointEntries(entries, { name, version, position, saved }))
        }
        for (const [name, { version, position, saved }] of newest) {
          const found = await loadCheckpoint(entries, name, version)
          expect(found?.position).toBe(position)
          expect(Buffer.compare(packDerived(found?.saved), packDerived(saved))).toBe(0)
          expect(await loadCheckpoint(entries, name, version + 1)).toBeUndefined()
        }
      }),
      law(10),
    )
  })

  it('leaves no chunk of a longer one behind', async () => {
    const { entries } = await openMemoryLog()
    const write = async (saved: unknown): Promise<number> => {
      const checkpoint = { name: 'a', version: 1, position: 0, saved }
      await entries.write(await checkpointEntries(entries, checkpoint))
      let count = 0
      for await (const { key } of entries.scan(new Uint8Array([0x05])))
        count += Math.sign(key.length)
      return count
    }
    expect(await write(new Uint8Array(2_500_000))).toBe(4)
    expect(await write(new Uint8Array(10))).toBe(2)
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
    await entries.write(await set.save(entries, 1))
    set.apply([happened(2)])

    const again = new FoldSet([a, b])
    expect(await again.load(entries, 1)).toBe(true)
    expect([again.state(a), again.state(b)]).toEqual([{ value: 2 }, { value: 2 }])
    expect(again.differences(set)).toEqual(['a', 'b'])
    again.apply([happened(2)])
    expect(again.differences(set)).toEqual([])

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
