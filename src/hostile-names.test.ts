import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { law } from '../test/property.ts'
import { open, type Varve, type VarveView } from './index.ts'

const names = [
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '👩🏽‍🚀🏳️‍🌈',
  'e\u0301\u0327'.repeat(20),
  '𝒳'.repeat(250),
  'first\nsecond\r\n\tthird',
  'nul\0inside\0',
  'a/b//../c\\d:e?f#g%20',
  'שלום ‏עולם‎ مرحبا',
  '﻿\u200b\u2028',
  '`back"tick\' quote',
  ' leading and trailing ',
  '0',
  '-1',
  'null',
] as const

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'varve-names-'))
})

afterEach(() => rm(folder, { recursive: true }))

const options = { facts: false, durability: 'os' } as const

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`

const filterable = (name: string): boolean => !/[`"'\\]/.test(name)

/** Writes one name wherever a name may stand. */
const write = async (varve: Varve, name: string): Promise<string> => {
  const run = await varve.runs.start({
    experiment: name,
    name,
    user: name,
    params: [[name, name]],
    tags: [[name, name]],
  })
  await run.logMetric(name, 1, { step: 1 })
  await run.logInput({ name, digest: name, source: name }, { context: name, tags: [[name, name]] })
  await varve.experiments.setTags(name, [[name, name]])
  return run.id
}

const check = async (view: VarveView, id: string, name: string): Promise<void> => {
  const run = await view.runs.get(id)
  expect([run.name, run.experiment, run.user]).toEqual([name, name, name])
  expect(Object.entries(run.params)).toEqual([[name, name]])
  expect(Object.entries(run.tags).filter(([key]) => key !== 'mlflow.runName')).toEqual([
    [name, name],
  ])
  expect(Object.keys(run.metrics)).toEqual([name])
  expect(run.metrics[name]).toMatchObject({ last: 1, count: 1 })
  expect(run.inputs).toMatchObject([{ name, digest: name, source: name }])
  expect(run.inputs[0]?.tags).toContainEqual([name, name])
  expect(await view.runs.history(id, name)).toMatchObject([{ value: 1, step: 1 }])
  const experiment = await view.experiments.get(name)
  expect(Object.entries(experiment.tags)).toEqual([[name, name]])
  const { rows } = await view.runs.search({ experiments: [name] })
  expect(rows.map((row) => row.id)).toEqual([id])
  expect((await view.runs.compare([id, id])).params.map(({ key }) => key)).toEqual([name])
}

const find = async (view: VarveView, id: string, name: string): Promise<void> => {
  const key = `\`${name}\``
  for (const filter of [
    `params.${key} = ${quoted(name)}`,
    `tags.${key} = ${quoted(name)}`,
    `metrics.${key} >= 1`,
    `attributes.run_name = ${quoted(name)}`,
    `datasets.digest = ${quoted(name)}`,
  ]) {
    const { rows } = await view.runs.search({ filter, orderBy: [`metrics.${key} desc`] })
    expect([filter, rows.map((row) => row.id)]).toEqual([filter, [id]])
  }
}

describe('hostile names', () => {
  it('come back from every question, now, after reopening, and as of then', async () => {
    let varve = await open(folder, options)
    const written: [string, string, number][] = []
    for (const name of names) {
      const id = await write(varve, name)
      written.push([name, id, (await varve.moment()).position])
    }
    const all = async (view: VarveView): Promise<void> => {
      for (const [name, id] of written) {
        await check(view, id, name)
        if (filterable(name)) await find(view, id, name)
      }
    }
    await all(varve)
    await all(varve.asOf('now'))
    await varve.close()
    varve = await open(folder, options)
    await all(varve)
    // Every run changes, so that what was is folded again from its events.
    for (const [name, id] of written) {
      const run = await varve.runs.resume(id)
      await run.deleteTag(name)
      await run.logMetric(name, 2, { step: 2 })
      await varve.experiments.deleteTag(name, name)
    }
    for (const [name, id, position] of written) await check(varve.asOf(position), id, name)
    expect((await varve.verify()).ok).toBe(true)
    await varve.close()
  })

  it('may be those of artifacts, where a path can hold them', async () => {
    const legal = names.filter((name) => !/[\0\\]|\.\./.test(name))
    const varve = await open(folder, options)
    const run = await varve.runs.start()
    for (const name of legal) await run.logArtifact(`models/${name}`, name)
    await varve.close()
    await using again = await open(folder, options)
    const files = await again.runs.artifacts(run.id, 'models')
    expect(files.map(({ path }) => path).sort()).toEqual(
      legal.map((name) => `models/${name}`).sort(),
    )
    for (const name of legal) {
      const chunks: Uint8Array[] = []
      for await (const chunk of again.runs.readArtifact(run.id, `models/${name}`)) {
        chunks.push(chunk.slice())
      }
      expect(Buffer.concat(chunks).toString()).toBe(name)
    }
    expect(await again.verify()).toMatchObject({ ok: true, artifacts: legal.length })
  })

  it('may be those of models, tags and people in the registry', async () => {
    const legal = names.filter((name) => !/[/:]/.test(name))
    let varve = await open(folder, options)
    for (const name of legal) {
      await varve.registry.createVersion(name, {
        source: `s3://${name}`,
        tags: [[name, name]],
        description: name,
        actor: name,
      })
      await varve.registry.transition(name, 1, 'Production', { comment: name, actor: name })
    }
    const { position } = await varve.moment()
    const all = async (view: VarveView): Promise<void> => {
      expect((await view.registry.list()).map((model) => model.name)).toEqual([...legal].sort())
      for (const name of legal) {
        expect(await view.registry.current(name, 'Production')).toMatchObject({
          model: name,
          version: 1,
          by: name,
          comment: name,
        })
        const version = await view.registry.version(name, 1)
        expect(Object.entries(version.tags)).toEqual([[name, name]])
        expect((await view.registry.history(name)).map((move) => move.comment)).toEqual([name])
      }
    }
    await all(varve)
    await varve.close()
    varve = await open(folder, options)
    await all(varve)
    for (const name of legal) await varve.registry.deleteVersionTag(name, 1, name)
    await all(varve.asOf(position))
    await varve.close()
  })

  it('may be those of aliases, where letters and digits make them up', async () => {
    await using varve = await open(folder, options)
    await varve.registry.createVersion('churn', { source: 's' })
    const aliases = ['__proto__', 'constructor', 'שלום', 'é', '7-_']
    for (const alias of aliases) {
      await varve.registry.setAlias('churn', alias, 1)
      expect(await varve.registry.current('churn', `@${alias}`)).toMatchObject({ version: 1 })
      expect(await varve.registry.resolve(`models:/churn@${alias}`)).toMatchObject({ version: 1 })
    }
    await varve.registry.deleteAlias('churn', '__proto__')
    expect(await varve.registry.current('churn', '@__proto__')).toBeUndefined()
  })

  it('may be any well-formed text', async () => {
    const text = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 30 })
      .filter((name) => [...name].length <= 250)
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(text, { minLength: 1, maxLength: 4 }), async (all) => {
        const varve = await open({ memory: true, facts: false })
        const ids: string[] = []
        for (const name of all) ids.push(await write(varve, name))
        for (const [at, name] of all.entries()) {
          await check(varve, ids[at] ?? '', name)
          await check(varve.asOf('now'), ids[at] ?? '', name)
        }
        await varve.close()
      }),
      law(2),
    )
  })
})
