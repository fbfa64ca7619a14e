import { describe, expect, inject, it } from 'vitest'
import { playOn } from './play.ts'
import { serveVarve } from './servers.ts'

const [first, second] = [
  {
    runs: ['first'],
    status: ['FINISHED'],
    auc: [0.5],
    note: 'then',
    production: ['1'],
    champion: '1',
    predicted: [1],
  },
  {
    runs: ['first', 'second'],
    status: ['FINISHED', 'FINISHED'],
    auc: [0.75, 1],
    note: 'now',
    production: ['2'],
    champion: '2',
    predicted: [2],
  },
]
const refused = expect.objectContaining({
  status: expect.any(Number),
  message: expect.stringContaining('The past cannot be changed'),
})

describe("MLflow's client, told of a moment by the tracking URI", async () => {
  const seen = await playOn({
    python: inject('python'),
    groups: ['past'],
    start: (folder) => serveVarve(inject('mlflowPrograms'), folder),
  })
  const { crash, steps = {} } = seen.get('past_by_address') ?? {}

  it('plays the scenario to its end', () => {
    expect(seen.size).toBe(1)
    expect(crash).toBeUndefined()
  })

  it('finds runs, files, stages, aliases and models as they were then', () => {
    expect(steps['now']).toEqual(second)
    expect(steps['then']).toEqual(first)
    expect(steps['before']).toEqual({ more: false, page: [] })
    expect(steps['now again']).toEqual(second)
  })

  it.each(['run', 'metric', 'stage', 'experiment'])('cannot write a %s there', (what) => {
    expect(steps[`${what} in the past`]).toEqual(refused)
  })
})
