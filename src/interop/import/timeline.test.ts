import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Draft, Lane } from './draft.ts'
import { type LaterLane, timeline } from './timeline.ts'

const { PROPERTY_RUNS: runs, PROPERTY_SEED: seed } = process.env
const law = { numRuns: Number(runs ?? 100), ...(seed !== undefined && { seed: Number(seed) }) }

const draft = (lane: string, due: number, rank: number): Draft => ({
  due,
  rank,
  stated: due,
  counts: {},
  file: lane,
  entity: lane,
  build: () => undefined,
})

const laneOf = (key: string, drafts: readonly Draft[]): Lane => ({
  key,
  drafts: (async function* () {
    yield* drafts
  })(),
})

const all = async (drafts: AsyncIterable<Draft>): Promise<Draft[]> => {
  const list: Draft[] = []
  for await (const item of drafts) list.push(item)
  return list
}

const lanes = fc.array(
  fc.array(fc.tuple(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 3 })), {
    maxLength: 6,
  }),
  { maxLength: 8 },
)

/** Drafts of each lane, by time, with the lane's number for a name. */
const draftsOf = (times: readonly (readonly [number, number])[][]): Draft[][] =>
  times.map((lane, index) =>
    lane
      .toSorted(([a], [b]) => a - b)
      .map(([due, rank]) => draft(String.fromCharCode(97 + index), due, rank)),
  )

describe('the timeline', () => {
  it('gives every event once, by time, and those of one lane in its order', async () => {
    await fc.assert(
      fc.asyncProperty(lanes, lanes, async (atOnce, later) => {
        const open = draftsOf(atOnce)
        const waiting = draftsOf(later)
          .filter((drafts) => drafts.length > 0)
          .map((drafts) => drafts.map((item) => ({ ...item, entity: `later ${item.entity}` })))
          .sort((a, b) => (a[0]?.due ?? 0) - (b[0]?.due ?? 0))
        let isOpened = 0
        const laterLanes = (async function* (): AsyncGenerator<LaterLane, void> {
          for (const drafts of waiting) {
            const openLane = () => {
              isOpened += 1
              return laneOf(drafts[0]?.entity ?? '', drafts)
            }
            yield { opensAt: drafts[0]?.due ?? 0, open: openLane }
          }
        })()
        const fixed = open.map((drafts) => laneOf(drafts[0]?.entity ?? '', drafts))
        const given = await all(timeline(fixed, laterLanes))
        expect(isOpened).toBe(waiting.length)
        expect(given.map(({ due }) => due)).toEqual(
          given.map(({ due }) => due).toSorted((a, b) => a - b),
        )
        for (const drafts of [...open, ...waiting]) {
          const own = given.filter(({ entity }) => entity === drafts[0]?.entity)
          expect(own).toEqual(drafts)
        }
        expect(given).toHaveLength([...open, ...waiting].flat().length)
      }),
      law,
    )
  })

  it('gives events of one time by rank, then by lane', async () => {
    const fixed = [
      laneOf('b', [draft('b', 5, 1)]),
      laneOf('a', [draft('a', 5, 1)]),
      laneOf('z', [draft('z', 5, 0)]),
    ]
    const later = (async function* (): AsyncGenerator<LaterLane, void> {
      yield { opensAt: 5, open: () => laneOf('c', [draft('c', 5, 0)]) }
    })()
    const given = await all(timeline(fixed, later))
    expect(given.map(({ entity }) => entity)).toEqual(['c', 'z', 'a', 'b'])
  })

  it('opens a lane only when its first event may be due', async () => {
    const opened: number[] = []
    const later = (async function* (): AsyncGenerator<LaterLane, void> {
      for (const at of [1, 10, 20]) {
        const open = () => {
          opened.push(at)
          return laneOf(`${at}`, [draft(`${at}`, at, 0), draft(`${at}`, at + 5, 0)])
        }
        yield { opensAt: at, open }
      }
    })()
    const seen: (readonly [number, number])[] = []
    for await (const { due } of timeline([], later)) seen.push([due, opened.length])
    expect(seen).toEqual([
      [1, 1],
      [6, 1],
      [10, 2],
      [15, 2],
      [20, 3],
      [25, 3],
    ])
  })

  it('pins an event that would go back in time to the one before it in its lane', async () => {
    const later = (async function* (): AsyncGenerator<LaterLane, void> {})()
    const lane = laneOf('a', [draft('a', 7, 0), draft('a', 3, 0)])
    expect((await all(timeline([lane], later))).map(({ due }) => due)).toEqual([7, 7])
  })
})
