import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { internalsOf } from '../../src/create-varve.ts'
import { ERASED, open, type Varve } from '../../src/index.ts'
import {
  exportArchive,
  exportEvents,
  importArchive,
  importEvents,
} from '../../src/keeping/index.ts'
import { codeOf } from '../../src/kernel/errors.ts'
import type { EventLog, StoredCommit } from '../../src/kernel/log/event-log.ts'
import { openMemoryLog } from '../../src/kernel/log/memory-log.ts'
import { verifyLog } from '../../src/kernel/log/verify.ts'
import { law } from '../property.ts'
import { anyHistory, anySelector, type Chosen, live, type Step, secret } from './erase-history.ts'
import { answersOf, replayed } from './store.ts'

const opened = (): Promise<Varve> => open({ memory: true, clock: () => 1_000, actor: 'me' })

/** A history of which something is erased, everything of the chosen kind. */
const erasedStore = async (
  history: readonly Step[],
  chosen: Chosen,
): Promise<{ varve: Varve; positions: readonly number[] }> => {
  const varve = await opened()
  await live(varve, history)
  return { varve, positions: await eraseIn(varve, chosen) }
}

/** Positions of the events of which something was erased. */
const eraseIn = async (varve: Varve, { selector }: Chosen): Promise<readonly number[]> => {
  try {
    return (await varve.erase(selector, { reason: 'a law' })).positions
  } catch (error) {
    if (codeOf(error) !== 'NOTHING_TO_ERASE') throw error
    return []
  }
}

/** The answers of a twin as they would be if every erased value were the same. */
const erasedIn = (answer: unknown): unknown => {
  if (typeof answer === 'string') return answer.startsWith(ERASED) ? ERASED : answer
  if (typeof answer !== 'object' || answer === null) return answer
  if (Array.isArray(answer)) return answer.map(erasedIn)
  const alike: object = Object.create(Object.getPrototypeOf(answer))
  for (const [key, value] of Object.entries(answer)) {
    Object.defineProperty(alike, key, { value: erasedIn(value), enumerable: true })
  }
  return alike
}

const logOf = (varve: Varve): EventLog => internalsOf(varve).engine.source.log

const commitsOf = async (log: EventLog): Promise<StoredCommit[]> => {
  const all: StoredCommit[] = []
  for await (const commits of log.read(0)) all.push(...commits)
  return all
}

const logOfCommits = async (commits: readonly StoredCommit[]): Promise<EventLog> => {
  const log = await openMemoryLog()
  for (const commit of commits) await log.append(commit)
  return log
}

const verdict = async (log: EventLog, last: number): Promise<unknown> => {
  try {
    await verifyLog(log, last, () => undefined)
    return 'sound'
  } catch (error) {
    return codeOf(error) ?? error
  }
}

const inFolder = async <T>(test: (folder: string) => Promise<T>): Promise<T> => {
  const folder = await mkdtemp(join(tmpdir(), 'varve-law-'))
  try {
    return await test(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

describe('A store of which something is erased', () => {
  it('answers as one in which it had never been anything but erased, at every moment', async () => {
    await fc.assert(
      fc.asyncProperty(anyHistory, anySelector, fc.nat(), async (history, chosen, seed) => {
        const { varve } = await erasedStore(history, chosen)
        await using twin = await opened()
        await live(twin, history, (place, text) => (chosen.names(place) ? ERASED + text : text))
        const { position } = await twin.log.info()
        expect(await answersOf(varve)).toEqual(erasedIn(await answersOf(twin)))
        const moment = seed % (position + 1)
        const then = erasedIn(await answersOf(twin.asOf(moment)))
        expect(await answersOf(varve.asOf(moment))).toEqual(then)
        await varve.close()
      }),
      law(5),
    )
  })

  it('verifies, answers as its replay does, and is the same again after an export and import', async () => {
    await fc.assert(
      fc.asyncProperty(anyHistory, anySelector, async (history, chosen) => {
        const { varve, positions } = await erasedStore(history, chosen)
        const { broken, erased } = await varve.verify()
        expect([broken, erased]).toEqual([[], positions.length])
        const { position, head } = await varve.log.info()
        await using again = await replayed(logOf(varve), position)
        expect(await answersOf(again)).toEqual(await answersOf(varve))
        await inFolder(async (folder) => {
          const archive = await importArchive(exportArchive(varve), join(folder, 'archive'))
          const lines = await importEvents(exportEvents(varve), join(folder, 'lines'))
          expect([archive.head, lines.head]).toEqual([head, head])
          await using copy = await open(join(folder, 'archive'))
          expect(await answersOf(copy)).toEqual(await answersOf(varve))
          expect((await copy.verify()).broken).toEqual([])
        })
        await varve.close()
      }),
      law(25),
    )
  })

  it('has its payloads changed nowhere without being found, the erased ones put back included', async () => {
    await fc.assert(
      fc.asyncProperty(anyHistory, anySelector, fc.nat(), async (history, chosen, seed) => {
        await using varve = await opened()
        await live(varve, history)
        const originals = await commitsOf(logOf(varve))
        const positions = await eraseIn(varve, chosen)
        const commits = await commitsOf(logOf(varve))
        const { position } = await varve.log.info()
        expect(await verdict(await logOfCommits(commits), position)).toBe('sound')
        if (positions.length === 0) return
        const others = commits.flatMap((commit, at) => {
          const original = originals[at]
          if (original === undefined || Buffer.compare(commit.bytes, original.bytes) === 0)
            return []
          return [{ commit, original }]
        })
        for (const { commit, original } of others) {
          const flipped = commit.bytes.slice()
          const bit = seed % (flipped.length * 8)
          flipped[bit >>> 3] = (flipped[bit >>> 3] ?? 0) ^ (1 << (bit & 7))
          for (const bytes of [original.bytes, flipped]) {
            const tampered = commits.map((each) => (each === commit ? { ...each, bytes } : each))
            expect(await verdict(await logOfCommits(tampered), position)).toMatch(/LOG_/)
          }
        }
        const withoutRecord = commits.slice(0, -1)
        expect(await verdict(await logOfCommits(withoutRecord), position - 1)).toBe('LOG_CORRUPT')
      }),
      law(5),
    )
  })

  it('has nothing of it in any file, nor in what it gives, when all of it is erased', async () => {
    await fc.assert(
      fc.asyncProperty(anyHistory, async (history) => {
        await inFolder(async (folder) => {
          const varve = await open(folder, { durability: 'os', clock: () => 1_000 })
          await live(varve, history)
          await eraseAll(varve)
          expect(await filesWith(folder)).toEqual([])
          for await (const { events } of varve.read()) {
            expect(JSON.stringify(events)).not.toContain(secret)
          }
          await varve.close()
          expect(await filesWith(folder)).toEqual([])
        })
      }),
      law(50),
    )
  })
})

/** Every selector that these histories can have something for. */
const eraseAll = async (varve: Varve): Promise<void> => {
  for (const run of ['r0', 'r1']) await varve.erase({ run }, { reason: 'all' })
  for (const tag of ['a', 'b', '__proto__']) {
    await orNothing(varve.erase({ experiment: 'churn', tag }, { reason: 'all' }))
    for (const model of ['churn', '__proto__']) {
      await orNothing(varve.erase({ model, tag }, { reason: 'all' }))
      for (const version of [1, 2]) {
        await orNothing(varve.erase({ model, version, tag }, { reason: 'all' }))
        for (const rest of [{ comment: true }, { description: true }] as const)
          await orNothing(varve.erase({ model, version, ...rest }, { reason: 'all' }))
      }
    }
  }
}

const orNothing = async (erasure: Promise<unknown>): Promise<void> => {
  try {
    await erasure
  } catch (error) {
    if (codeOf(error) !== 'NOTHING_TO_ERASE') throw error
  }
}

const filesWith = async (folder: string): Promise<string[]> => {
  const found: string[] = []
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    if ((await readFile(path)).includes(secret)) found.push(path)
  }
  return found
}
