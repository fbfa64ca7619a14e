import { describe, expect, it } from 'vitest'
import {
  add,
  answersOf,
  eventsOf,
  inFolder,
  levelLog,
  open,
  openShop,
  projections,
  weigh,
} from '../../test/laws/kernel-shop.ts'
import { decodeHeader } from './log/commit.ts'
import type { EventLog } from './log/event-log.ts'
import { verifyEngine } from './verify-engine.ts'

/** How the disk fails: not at all, before a write is on it, or after. */
type Fault = 'none' | 'before' | 'after'

/** A log on the disk, whose appends fail when told to. */
const failing = (log: EventLog): { readonly log: EventLog; fault: Fault } => {
  const disk: { readonly log: EventLog; fault: Fault } = {
    fault: 'none',
    log: {
      supports: log.supports,
      entries: log.entries,
      append: async (commit, entries) => {
        if (disk.fault !== 'before') await log.append(commit, entries)
        if (disk.fault !== 'none') throw new Error('No space left on device')
      },
      last: () => log.last(),
      at: (position) => log.at(position),
      read: (from) => log.read(from),
      size: () => log.size(),
      reopen: async () => await log.reopen?.(),
      close: () => log.close(),
      [Symbol.asyncDispose]: () => log.close(),
    },
  }
  return disk
}

const codes = (settled: readonly PromiseSettledResult<unknown>[]): readonly unknown[] =>
  settled.map((each) => (each.status === 'fulfilled' ? 'done' : each.reason.code))

describe('Opening the log again', () => {
  it.each(['before', 'after'] as const)(
    'after a write that failed %s it reached the disk, shows what is there and goes on',
    async (fault) =>
      await inFolder(async (folder) => {
        const disk = failing(await levelLog(folder))
        const shop = await openShop(disk.log)
        const { engine } = shop
        await engine.execute(open(shop, 'a'))
        const seen: number[] = []
        engine
          .events({ from: 'start' })
          .observe()
          .subscribe(({ position }) => seen.push(position))
        disk.fault = fault
        const failed = await Promise.allSettled([
          engine.execute(add(shop, { name: 'a', item: 'pen' })),
          engine.execute(add(shop, { name: 'a', item: 'ink' }, { idempotencyKey: 'ink' })),
        ])
        expect(codes(failed)).toEqual(['LOG_WRITE_FAILED', 'LOG_WRITE_FAILED'])
        expect(engine.last).toBe(0)
        disk.fault = 'none'
        const refused = await Promise.allSettled([engine.execute(open(shop, 'b'))])
        expect(codes(refused)).toEqual(['LOG_WRITE_FAILED'])

        const before = engine.head.epoch
        await Promise.all([engine.reopen(), engine.reopen()])
        const next = fault === 'after' ? 3 : 1
        expect(engine.last).toBe(next - 1)
        // The key answers as it did, where its commit is there, and does it now where it is not.
        const [ink] = await engine.execute(
          add(shop, { name: 'a', item: 'ink' }, { idempotencyKey: 'ink' }),
        )
        expect(ink?.position).toBe(fault === 'after' ? 2 : 1)
        const [written] = await engine.execute(open(shop, 'b'))
        expect(written?.position).toBe(fault === 'after' ? 3 : 2)
        const stored = await disk.log.last()
        expect(stored && decodeHeader(stored).epoch).toBeGreaterThan(before)
        const answers = answersOf(shop)
        expect((await verifyEngine(engine, projections)).broken).toEqual([])
        const positions = (await eventsOf(engine)).map(({ position }) => position)
        await expect.poll(() => seen).toEqual(positions)
        await engine.close()

        const again = await openShop(await levelLog(folder))
        expect(answersOf(again)).toEqual(answers)
        await again.engine.close()
      }),
  )

  it('does nothing where nothing failed, and is refused where the store is closed', async () =>
    await inFolder(async (folder) => {
      const shop = await openShop(await levelLog(folder))
      await shop.engine.execute(weigh(shop, [1]))
      const { head } = shop.engine
      await shop.engine.reopen()
      expect(shop.engine.head).toEqual(head)
      await shop.engine.close()
      await expect(shop.engine.reopen()).rejects.toMatchObject({ code: 'LOG_CLOSED' })
    }))

  it('is refused when the log has lost what was acknowledged, and writing stays refused', async () =>
    await inFolder(async (folder) => {
      const disk = failing(await levelLog(folder))
      const shop = await openShop({ ...disk.log, at: async () => undefined })
      await shop.engine.execute(weigh(shop, [1]))
      disk.fault = 'before'
      const failed = await Promise.allSettled([shop.engine.execute(weigh(shop, [2]))])
      expect(codes(failed)).toEqual(['LOG_WRITE_FAILED'])
      disk.fault = 'none'
      await expect(shop.engine.reopen()).rejects.toMatchObject({
        code: 'LOG_CORRUPT',
        data: { position: 0 },
      })
      await expect(shop.engine.execute(weigh(shop, [2]))).rejects.toMatchObject({
        code: 'LOG_WRITE_FAILED',
      })
      await shop.engine.close()
    }))
})
