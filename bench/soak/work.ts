import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import type { Run } from 'varve'
import type { Dice } from './dice.ts'
import { models, type Soaked } from './store.ts'

/** Where one worker works. */
export interface Place {
  readonly varve: Soaked
  readonly roll: Dice
  /** Says what was acknowledged, where the death of the process does not lose it. */
  readonly say: (line: string) => void
  readonly stop: AbortSignal
  readonly life: number
  readonly session: number
}

interface Caller extends Place {
  readonly run: Run
  readonly caller: number
}

const note = async ({ varve, say, life, caller }: Caller, n: number): Promise<void> => {
  const { position } = await varve.append(`note:${caller}`, 'note.taken', { life, caller, n })
  say(`note ${position} ${life} ${caller} ${n}`)
}

const point = async ({ run, say }: Caller, n: number): Promise<void> => {
  await run.logMetrics({ loss: 1 / (n + 1), auc: n / (n + 7) }, { step: n })
  say(`point ${run.id} ${n}`)
}

const batch = async ({ run, say }: Caller, n: number): Promise<void> => {
  const metrics = Array.from({ length: 50 }, (_, key) => ({
    key: `m${key}`,
    value: n * key,
    step: n,
  }))
  await run.logBatch({ metrics, tags: { batch: n } })
  say(`batch ${run.id} ${n}`)
}

/** Moves a version to production, unless another caller was first. */
const move = async ({ varve, roll, say, life }: Caller, n: number): Promise<void> => {
  const model = models[roll(models.length)] ?? 'churn'
  const comment = `${life} ${n} ${roll(1_000_000_000)}`
  const current = await varve.registry.current(model, 'Production')
  const version = 1 + ((current?.version ?? 0) % 3)
  const options = { comment, expect: current?.version ?? null }
  try {
    await varve.registry.transition(model, version, 'Production', options)
  } catch (error) {
    if (Reflect.get(Object(error), 'code') === 'REVISION_CONFLICT') return
    throw error
  }
  say(`move ${model} ${comment}`)
}

const writer = async (place: Place, caller: number): Promise<void> => {
  const { varve, roll, stop, life, session } = place
  const id = `life-${life}-${session}-${caller}`
  const run = await varve.runs.start({ id, experiment: `of ${caller}`, params: { caller } })
  const as: Caller = { ...place, run, caller }
  for (let n = 0; !stop.aborted; n++) {
    const kind = roll(20)
    if (kind === 0) await move(as, n)
    else if (kind < 4) await batch(as, n)
    else if (kind < 10) await point(as, n)
    else await note(as, n)
    if (roll(3) === 0) await pause(roll(20))
  }
  await run.end()
}

/** Questions about the past: what was true stays true, however often and whenever it is asked. */
const past = async ({ varve, roll, stop }: Place): Promise<void> => {
  while (!stop.aborted) {
    const { position } = await varve.moment()
    const at = roll(position + 1)
    const ask = async () => {
      const then = varve.asOf(at)
      const { rows } = await then.runs.search({ orderBy: ['metrics.auc desc'], limit: 5 })
      const stages = models.map((model) =>
        then.registry.current(model, 'Production').catch(() => undefined),
      )
      return { rows, stages: await Promise.all(stages), moment: await then.moment() }
    }
    const before = await ask()
    await pause(roll(200))
    assert.deepEqual(await ask(), before, `as of ${at}`)
  }
}

/** Questions about now: a run that was found is there, as it was found or further. */
const present = async ({ varve, roll, stop }: Place): Promise<void> => {
  while (!stop.aborted) {
    const { rows } = await varve.runs.search({ filter: 'metrics.auc > 0.5', limit: 20 })
    const found = rows[roll(rows.length + 1)]
    if (found !== undefined) {
      const again = await varve.runs.get(found.id)
      const [was = 0, is = 0] = [found, again].map(({ metrics }) => metrics['auc']?.count)
      assert.ok(is >= was, `run ${found.id} has ${is} points, and had ${was}`)
      await varve.runs.history(found.id, 'auc', { points: 50 })
    }
    await pause(roll(100))
  }
}

export const writers = (place: Place): readonly Promise<void>[] =>
  Array.from({ length: 1 + place.roll(20) }, (_, caller) => writer(place, caller))

export const readers = (place: Place): readonly Promise<void>[] => [past(place), present(place)]
