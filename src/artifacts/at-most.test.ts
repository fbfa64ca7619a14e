import { describe, expect, it } from 'vitest'
import { atMost } from './at-most.ts'

describe('at most so many jobs at a time', () => {
  it('run in the order in which they were given, failures included', async () => {
    const inTurn = atMost(3)
    const begun: number[] = []
    let running = 0
    let most = 0
    const jobs = Array.from({ length: 20 }, (_, at) =>
      inTurn(async () => {
        begun.push(at)
        most = Math.max(most, ++running)
        await new Promise((done) => setImmediate(done))
        running--
        if (at % 4 === 1) throw new Error(`job ${at}`)
        return at
      }),
    )
    const ended = await Promise.allSettled(jobs)
    expect(begun).toEqual([...Array(20).keys()])
    expect(most).toBe(3)
    expect(ended.filter(({ status }) => status === 'rejected')).toHaveLength(5)
  })
})
