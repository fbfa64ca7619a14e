import { describe, expect, it, vi } from 'vitest'
import { open } from './index.ts'
import type { Problem } from './kernel/problem.ts'

describe('watch', () => {
  it('misses no answer, at whatever instant of its asking the commit comes', async () => {
    await using varve = await open({ memory: true, facts: false })
    let count = -1
    varve
      .watch(async (view) => (await view.experiments.list()).length)
      .subscribe((length) => {
        count = length
      })
    for (let made = 1; made <= 60; made++) {
      await varve.experiments.create(`e${made}`)
      for (let turn = 0; turn < made % 30; turn++) await Promise.resolve()
      await varve.experiments.create(`f${made}`)
      await vi.waitFor(() => expect(count).toBe(2 * made))
    }
  })

  it('goes on when an observer throws, which is a problem at the position of the answer', async () => {
    await using varve = await open({ memory: true, facts: false })
    const problems: Problem[] = []
    varve.problems.subscribe((problem) => problems.push(problem))
    const seen: number[] = []
    varve
      .watch(async (view) => (await view.experiments.list()).length)
      .subscribe((length) => {
        seen.push(length)
        if (length === 1) throw new Error('observer')
      })
    await vi.waitFor(() => expect(seen).toEqual([0]))
    await varve.experiments.create('one')
    await vi.waitFor(() => expect(seen).toEqual([0, 1]))
    await varve.experiments.create('two')
    await vi.waitFor(() => expect(seen).toEqual([0, 1, 2]))
    const { message } = new Error('observer')
    expect(problems).toMatchObject([
      { where: 'observer of watch', position: 0, error: { message } },
    ])
  })

  it('whose question fails and that nobody handles is a problem, and ends no process', async () => {
    await using varve = await open({ memory: true, facts: false })
    const problems: Problem[] = []
    varve.problems.subscribe((problem) => problems.push(problem))
    varve.watch((view) => view.runs.get('nobody')).subscribe(() => undefined)
    await vi.waitFor(() =>
      expect(problems).toMatchObject([
        { where: 'observer of watch', error: { code: 'RUN_NOT_FOUND' } },
      ]),
    )
  })
})
