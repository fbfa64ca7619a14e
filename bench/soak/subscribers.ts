import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { notesByLife } from './store.ts'
import type { Place } from './work.ts'

/** Follows the log from somewhere: each position once, in order. */
const follow = async ({ varve, roll, stop }: Place, isSlow: boolean): Promise<void> => {
  const { position } = await varve.moment()
  let next = roll(position + 2)
  for await (const event of varve.events({ from: next }).until(stop)) {
    assert.equal(event.position, next)
    next += 1
    if (isSlow && roll(50) === 0) await pause(roll(100))
  }
}

/** Deals with events by a cursor that is kept in the store, and says how far it has come. */
const durable = async ({ varve, roll, stop, say }: Place): Promise<void> => {
  const iterator = (await varve.subscribe('soak'))[Symbol.asyncIterator]()
  const leave = (): void => void iterator.return?.()
  stop.addEventListener('abort', leave)
  let next: number | undefined
  while (!stop.aborted) {
    const { done: isOver, value } = await iterator.next()
    if (isOver === true) break
    const { position } = value.event
    if (next === undefined) say(`from ${position}`)
    else assert.equal(position, next)
    next = position + 1
    if (roll(20) > 0) continue
    say(`doing ${position}`)
    await value.done()
    say(`done ${position}`)
  }
  stop.removeEventListener('abort', leave)
  leave()
}

/** An observer that throws, and one beside it that sees everything all the same. */
const observe = async ({ varve, roll, stop }: Place): Promise<void> => {
  const expected = 'an observer that throws'
  const unexpected: unknown[] = []
  varve.problems.subscribe(({ error }) => {
    if (!(error instanceof Error) || error.message !== expected) unexpected.push(error)
  })
  const events = varve.events({ from: 'now' }).until(stop).observe()
  events.subscribe(() => {
    if (roll(100) === 0) throw new Error(expected)
  })
  let next: number | undefined
  await events.forEach(({ position }) => {
    assert.equal(position, next ?? position)
    next = position + 1
  })
  assert.deepEqual(unexpected, [])
}

/** The user's projection never stands still, and is at each position what a fold up to there gives. */
const project = async ({ varve, roll, stop }: Place): Promise<void> => {
  const handle = await varve.project(notesByLife)
  while (!stop.aborted) {
    const { position, state } = handle
    assert.equal(handle.failure, undefined)
    if (roll(10) === 0) assert.deepEqual(await varve.asOf(position).project(handle), state)
    await pause(roll(300))
  }
}

export const subscribers = (place: Place): readonly Promise<void>[] => [
  follow(place, false),
  follow(place, true),
  durable(place),
  observe(place),
  project(place),
]
