import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { logContract } from '../../testing/index.ts'
import { openLevelLog } from './level-log.ts'
import { openMemoryLog } from './memory-log.ts'

for (const durability of ['fsync', 'os'] as const) {
  describe(`the log in LevelDB, durability ${durability}`, () => {
    const setup = async () => {
      const folder = await mkdtemp(join(tmpdir(), 'varve-log-'))
      const reopen = async () => (await openLevelLog(folder, { durability, now: 0 })).log
      return {
        log: await reopen(),
        reopen,
        teardown: () => rm(folder, { recursive: true, force: true }),
      }
    }
    for (const { name, run } of logContract(setup)) it(name, run)

    it('says what an acknowledged append survives', async () => {
      const { log, teardown } = await setup()
      expect(log.supports).toEqual({
        permanence: durability === 'fsync' ? 'power' : 'process',
        reopen: true,
      })
      await log.close()
      await teardown()
    })
  })
}

describe('the log in memory', () => {
  for (const { name, run } of logContract(async () => ({ log: await openMemoryLog() })))
    it(name, run)

  it('promises nothing beyond its own life', async () => {
    const { supports } = await openMemoryLog()
    expect(supports).toEqual({ permanence: 'none', reopen: false })
  })
})

describe('the settings of a log', () => {
  it('keep the durability that it was made with, and refuse another', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'varve-log-'))
    const made = await openLevelLog(folder, { durability: 'os', now: 7 })
    expect(made.settings).toMatchObject({ format: 1, durability: 'os', createdAt: 7 })
    await made.log.close()
    await expect(openLevelLog(folder, { durability: 'fsync', now: 8 })).rejects.toMatchObject({
      code: 'LOG_FORMAT',
      data: { durability: 'fsync', made: 'os' },
    })
    const again = await openLevelLog(folder, { now: 9 })
    expect(again.settings).toEqual(made.settings)
    await again.log.close()
    await rm(folder, { recursive: true, force: true })
  })
})
