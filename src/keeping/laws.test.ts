import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { anyHistory, historyOf, storedBytes } from '../../test/keeping/history.ts'
import { law } from '../../test/property.ts'
import { openLevelLog } from '../kernel/log/level-log.ts'
import { archiveOf } from './archive.ts'
import { backupStore } from './backup.ts'
import { hexOf } from './bytes.ts'
import { linesOf } from './export-events.ts'
import { importArchive } from './import-archive.ts'
import { importEvents } from './import-events.ts'
import type { LogSource } from './log-source.ts'
import type { StoreCopy } from './store-draft.ts'

let folder: string
let made = 0

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'varve-keeping-'))
})

afterAll(() => rm(folder, { recursive: true }))

const ways: readonly [string, (source: LogSource, to: string) => Promise<StoreCopy>][] = [
  ['A backup', (source, to) => backupStore(source, to)],
  ['An archive, exported and imported,', (source, to) => importArchive(archiveOf(source), to)],
  ['An export of lines, imported,', (source, to) => importEvents(linesOf(source), to)],
]

describe.each(ways)('%s', (_, copy) => {
  it('has the same bytes and hashes as its source, whatever was in it', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyHistory,
        fc.constantFrom(0, 0.5, 1.7e12, 2.6e14),
        async (commits, start) => {
          const source = await historyOf(commits, start)
          const to = join(folder, `copy-${made++}`)
          const result = await copy(source, to)
          expect(result).toMatchObject({
            folder: to,
            position: source.head.next - 1,
            commits: commits.length,
            head: hexOf(source.head.hash),
          })
          const { log, settings } = await openLevelLog(join(to, 'log'), { now: 0 })
          expect(await storedBytes(log)).toEqual(await storedBytes(source.log))
          expect(settings).toEqual(source.settings)
          await log.close()
          await rm(to, { recursive: true })
        },
      ),
      law(4),
    )
  })
})
