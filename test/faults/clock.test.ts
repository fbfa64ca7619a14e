import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { open, type RecordedEvent } from '../../src/index.ts'
import { dice, report, tries } from './effort.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'varve-clock-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const year = 365 * 24 * 60 * 60 * 1000

describe('a clock that leaps', () => {
  it('moves neither the order of events nor time backward, also over a restart', async () => {
    const roll = dice('clock')
    const leaps = [year, -year, -1000, 0, 1, 60_000, -2 * year, 3 * year]
    let now = Date.UTC(2026, 10, 14)
    let leapt = 0
    const clock = (): number => {
      if (roll(5) > 0) return now
      leapt += 1
      now = Math.max(0, now + (leaps[roll(leaps.length)] ?? 0))
      return now
    }
    const openings = tries(20)
    for (let opening = 0; opening < openings; opening++) {
      await using varve = await open(folder, { clock, durability: 'os', facts: false })
      for (let n = 0; n < 10; n++) await varve.experiments.create(`${opening}-${n}`)
    }
    await using varve = await open(folder, { clock })
    const events: RecordedEvent[] = []
    for await (const batch of varve.read()) events.push(...batch.events)
    const wrong = events.filter(
      ({ position, recordedAt }, at) =>
        position !== at || recordedAt < (events[at - 1]?.recordedAt ?? 0),
    )
    report('clock', { openings, leaps: leapt, events: events.length, wrong: wrong.length })
    expect(wrong).toEqual([])
    expect(events.length).toBe(openings * 10)
    expect((await varve.verify()).ok).toBe(true)
    const moment = await varve.asOf('now').moment()
    expect(moment.position).toBe(events.length - 1)
    for (const { recordedAt } of events.slice(0, 20)) {
      const past = await varve.asOf(new Date(recordedAt)).moment()
      const last = events.findLast((event) => event.recordedAt <= recordedAt)
      expect(past.position).toBe(last?.position)
    }
  })
})
