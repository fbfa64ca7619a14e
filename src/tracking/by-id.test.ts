import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { open } from '../open.ts'
import type { Varve } from '../varve.ts'

let varve: Varve

beforeEach(async () => {
  varve = await open({ memory: true, facts: false })
})
afterEach(() => varve.close())

describe('an experiment that is named like the id of another', () => {
  it('is told apart from it by find', async () => {
    const first = await varve.experiments.create('churn')
    const second = await varve.experiments.create(first.id)
    expect(await varve.experiments.find({ id: first.id })).toEqual(first)
    expect(await varve.experiments.find({ name: first.id })).toEqual(second)
    expect(await varve.experiments.find({ id: '__proto__' })).toBeUndefined()
    expect(await varve.experiments.find({ name: '__proto__' })).toBeUndefined()
  })

  it('is told apart from it by a search for ids, which may be of no experiment', async () => {
    const first = await varve.experiments.create('churn')
    await varve.experiments.create(first.id)
    const run = await varve.runs.start({ experiment: 'churn' })
    await varve.runs.start({ experiment: first.id })
    const found = await varve.runs.search({ experimentIds: [first.id, 'nope'] })
    expect(found.rows.map(({ id }) => id)).toEqual([run.id])
    expect((await varve.runs.search({ experimentIds: [] })).rows).toEqual([])
  })
})

describe('the artifact uri of a run', () => {
  it('is found by what the location of its experiment makes of it', async () => {
    await varve.experiments.create('s3', { artifactLocation: 's3://bucket/x/?region=eu' })
    await varve.experiments.create('none')
    const run = await varve.runs.start({ experiment: 's3' })
    await varve.runs.start({ experiment: 'none' })
    const uri = `s3://bucket/x/${run.id}/artifacts?region=eu`
    const found = await varve.runs.search({ filter: `artifact_uri = '${uri}'` })
    expect(found.rows.map(({ id }) => id)).toEqual([run.id])
  })
})

describe('a run that names no experiment', () => {
  it('goes to the default one, which has the id 0 as in MLflow', async () => {
    await varve.experiments.create('churn')
    const run = await varve.runs.start()
    expect(run.experimentId).toBe('0')
    expect(await varve.experiments.find({ id: '0' })).toMatchObject({ name: 'Default' })
  })
})
