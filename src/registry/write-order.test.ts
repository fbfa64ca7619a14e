import { describe, expect, it } from 'vitest'
import { writeOrder } from './write-order.ts'

const later = <T>(value: T, turns: number): Promise<T> =>
  turns === 0 ? Promise.resolve(value) : Promise.resolve().then(() => later(value, turns - 1))

describe('The order of writes', () => {
  it('is that of the calls, however long each has to prepare', async () => {
    const order = writeOrder()
    const done: string[] = []
    const note = (name: string) => async (): Promise<string> => {
      done.push(name)
      return name
    }
    const all = [
      order.direct(note('a')),
      order.prepared(later(0, 20), note('b')),
      order.direct(note('c')),
      order.prepared(later(0, 1), note('d')),
      order.direct(note('e')),
    ]
    expect(await Promise.all(all)).toEqual(['a', 'b', 'c', 'd', 'e'])
    expect(done).toEqual(['a', 'b', 'c', 'd', 'e'])
  })

  it('runs a write at once while nobody prepares', async () => {
    const order = writeOrder()
    await order.prepared(later(0, 3), async () => 0)
    await later(0, 20)
    let ran = false
    const write = order.direct(async () => {
      ran = true
    })
    expect(ran).toBe(true)
    await write
  })

  it('does not wait for writes, only for what they have to learn', async () => {
    const order = writeOrder()
    let release = (): void => undefined
    const slow = order.prepared(
      later(0, 1),
      () =>
        new Promise<void>((resolve) => {
          release = resolve
        }),
    )
    await order.direct(async () => release())
    await slow
  })

  it('goes on when a preparation fails, and tells only its own caller', async () => {
    const order = writeOrder()
    const failed = order.prepared(
      later(0, 2).then(() => Promise.reject(new Error('no run'))),
      async () => 1,
    )
    const next = order.direct(async () => 2)
    await expect(failed).rejects.toThrow('no run')
    expect(await next).toBe(2)
  })
})
