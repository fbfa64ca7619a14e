import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { internalsOf } from '../../src/create-varve.ts'
import { open, type Varve } from '../../src/index.ts'
import { law } from '../property.ts'
import { answersOf, anyHistory, replayed, type Step, take } from './store.ts'

/** What the questions were answered at a moment. */
interface Remembered {
  readonly position: number
  readonly recordedAt: number
  readonly answers: unknown
}

/** A clock that never shows the same time twice. */
const aClock = (): (() => number) => {
  let now = Date.UTC(2026, 0, 1)
  return () => now++
}

const remember = async (varve: Varve): Promise<Remembered> => ({
  ...(await varve.moment()),
  answers: await answersOf(varve),
})

const live = async (varve: Varve, steps: readonly Step[]): Promise<Remembered[]> => {
  const memories = [await remember(varve)]
  for (const step of steps) {
    await take(varve, step)
    memories.push(await remember(varve))
  }
  return memories
}

const agree = async (varve: Varve, memories: readonly Remembered[]): Promise<void> => {
  for (const { position, recordedAt, answers } of memories) {
    expect(await answersOf(varve.asOf(position))).toEqual(answers)
    if (position < 0) continue
    const byTime = varve.asOf(new Date(recordedAt))
    expect(await byTime.moment()).toEqual({ position, recordedAt })
    expect(await answersOf(byTime)).toEqual(answers)
  }
}

const history = anyHistory(20)

describe('the store as of a moment', () => {
  it('answers every question as it did then', async () => {
    await fc.assert(
      fc.asyncProperty(history, async (steps) => {
        const varve = await open({ memory: true, facts: false, clock: aClock() })
        const memories = await live(varve, steps)
        await agree(varve, memories)
        expect(await answersOf(varve.asOf('now'))).toEqual(memories.at(-1)?.answers)
        await varve.close()
      }),
      law(10),
    )
  })

  it('answers as a store that never saw what came later', async () => {
    await fc.assert(
      fc.asyncProperty(history, async (steps) => {
        const varve = await open({ memory: true, facts: false, clock: aClock() })
        const memories = await live(varve, steps)
        const { log } = internalsOf(varve).engine.source
        for (const { position, answers } of memories) {
          const other = await replayed(log, position)
          expect((await other.log.info()).position).toBe(position)
          expect(await answersOf(other)).toEqual(answers)
          await other.close()
        }
        await varve.close()
      }),
      law(15),
    )
  })

  it('answers so after the store was closed and opened again, at any point', async () => {
    const pauses = fc.uniqueArray(fc.nat(20), { minLength: 1, maxLength: 5 })
    await fc.assert(
      fc.asyncProperty(history, pauses, async (steps, closed) => {
        const folder = await mkdtemp(join(tmpdir(), 'varve-law-'))
        const options = { facts: false, durability: 'os', clock: aClock() } as const
        let varve = await open(folder, options)
        const memories: Remembered[] = []
        for (const [at, step] of steps.entries()) {
          await take(varve, step)
          memories.push(await remember(varve))
          if (!closed.includes(at)) continue
          await varve.close()
          varve = await open(folder, options)
          expect(await answersOf(varve)).toEqual(memories.at(-1)?.answers)
        }
        await agree(varve, memories)
        expect(await varve.verify()).toMatchObject({ ok: true, broken: [] })
        await varve.close()
        await rm(folder, { recursive: true })
      }),
      law(25),
    )
  })
})
