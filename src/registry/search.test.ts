import { afterEach, describe, expect, it } from 'vitest'
import { open, type Varve } from '../index.ts'
import { codeOf } from '../kernel/errors.ts'

const opened: Varve[] = []

afterEach(async () => {
  for (const varve of opened.splice(0)) await varve.close()
})

const aStore = async (): Promise<Varve> => {
  let now = 1_000
  const varve = await open({ memory: true, facts: false, clock: () => now++ })
  opened.push(varve)
  return varve
}

/** Models a, b and c; a has four versions, of which two stand in Production and one is deleted. */
const aRegistry = async (): Promise<Varve> => {
  const varve = await aStore()
  const { registry } = varve
  await registry.register('c', { tags: { team: 'growth' } })
  await registry.register('b', {
    tags: [
      ['team', 'risk'],
      ['__proto__', 'x'],
    ],
  })
  for (const source of ['s3://1', 's3://2', 's3://3', 's3://4']) {
    await registry.createVersion('a', { source, tags: [['__proto__', source]] })
  }
  await registry.transition('a', 2, 'Production')
  await registry.transition('a', 1, 'Production', { archiveExisting: false })
  await registry.deleteVersion('a', 4)
  return varve
}

const names = async (varve: Varve, filter: string, orderBy: readonly string[] = []) =>
  (await varve.registry.searchModels({ filter, orderBy })).models.map(({ name }) => name)

const numbers = async (varve: Varve, filter: string, orderBy: readonly string[] = []) =>
  (await varve.registry.searchVersions({ filter, orderBy })).versions.map(({ version }) => version)

describe('A search for models', () => {
  it.each([
    ['', ['a', 'b', 'c']],
    ["name = 'b'", ['b']],
    ["attributes.name like '%' and not name ilike 'A'", ['b', 'c']],
    ["tags.team = 'growth'", ['c']],
    ["tags.team != 'growth'", ['b']],
    ['tag.team is null', ['a']],
    ["tags.`__proto__` = 'x'", ['b']],
    ["name in ('a', 'c',)", ['a', 'c']],
  ])('finds with %j', async (filter, found) => {
    expect(await names(await aRegistry(), filter)).toEqual(found)
  })

  it('orders by name, or by when MLflow says that a model was updated', async () => {
    const varve = await aRegistry()
    expect(await names(varve, '', ['name desc'])).toEqual(['c', 'b', 'a'])
    expect(await names(varve, '', ['timestamp'])).toEqual(['c', 'b', 'a'])
    await varve.registry.setTag('c', 'later', 'yes')
    expect(await names(varve, '', ['last_updated_timestamp desc'])).toEqual(['a', 'b', 'c'])
    await varve.registry.describe('c', 'later')
    expect(await names(varve, '', ['last_updated_timestamp desc'])).toEqual(['c', 'a', 'b'])
  })

  it.each([
    ["stage = 'Production'", 'FILTER_SYNTAX'],
    ["metrics.auc = '1'", 'FILTER_SYNTAX'],
    ["params.a = '1'", 'FILTER_SYNTAX'],
  ])('refuses %j', async (filter, code) => {
    const varve = await aStore()
    const error: unknown = await varve.registry.searchModels({ filter }).catch((e: unknown) => e)
    expect(codeOf(error)).toBe(code)
  })

  it('shows later pages as the registry was at the first', async () => {
    const varve = await aRegistry()
    const { registry } = varve
    const query = { limit: 1, filter: "name != 'x'" }
    const first = await registry.searchModels(query)
    expect(first.models.map(({ name }) => name)).toEqual(['a'])
    await registry.rename('b', 'z')
    await registry.register('aa')
    const pageToken = first.nextPageToken ?? ''
    const second = await registry.searchModels({ ...query, pageToken })
    expect(second.models.map(({ name }) => name)).toEqual(['b'])
    const third = await registry.searchModels({ ...query, pageToken: second.nextPageToken ?? '' })
    expect(third.models.map(({ name }) => name)).toEqual(['c'])
    expect(third.nextPageToken).toBeUndefined()
    const other: unknown = await registry
      .searchVersions({ ...query, pageToken })
      .catch((e: unknown) => e)
    expect(codeOf(other)).toBe('PAGE_TOKEN_INVALID')
  })
})

describe('A search for versions', () => {
  it.each([
    ['', [1, 2, 3]],
    ["version_number > 1 and name = 'a'", [2, 3]],
    ["version_number = '3'", [3]],
    ["source_path like 's3://%' and version_number != 2", [1, 3]],
    ["stage = 'Production'", [1, 2]],
    ["tags.`__proto__` = 's3://2'", [2]],
    ['run_id is not null', []],
    ["name = 'b'", []],
  ])('finds with %j, the latest updated first', async (filter, found) => {
    expect(await numbers(await aRegistry(), filter)).toEqual(found)
  })

  it('orders by number, and breaks ties by name and then by number, the highest first', async () => {
    const varve = await aRegistry()
    await varve.registry.createVersion('b', { source: 's3://b' })
    expect(await numbers(varve, '', ['version_number'])).toEqual([1, 1, 2, 3])
    const { versions } = await varve.registry.searchVersions({ orderBy: ['user_id'] })
    expect(versions.map(({ model, version }) => `${model}${version}`)).toEqual([
      ...['a3', 'a2', 'a1'],
      'b1',
    ])
  })

  it('answers about the past', async () => {
    const varve = await aRegistry()
    const { position } = await varve.moment()
    await varve.registry.transition('a', 3, 'Production')
    await varve.registry.rename('a', 'a2')
    const then = varve.asOf(position).registry
    const { versions } = await then.searchVersions({
      filter: "name = 'a' and stage = 'Production'",
    })
    expect(versions.map(({ version }) => version)).toEqual([1, 2])
    expect(await numbers(varve, "name = 'a2' and stage = 'Production'")).toEqual([3])
  })
})

describe('A stage in which several versions stand', () => {
  it('has the last that entered as its current, and the highest as its latest', async () => {
    const { registry } = await aRegistry()
    expect((await registry.current('a', 'Production'))?.version).toBe(1)
    expect((await registry.versions('a')).map(({ stage }) => stage)).toEqual([
      ...['Production', 'Production', 'None'],
    ])
    const latest = await registry.latestVersions('a')
    expect(latest.map(({ version, stage }) => [version, stage])).toEqual([
      [2, 'Production'],
      [3, 'None'],
    ])
    const one = await registry.latestVersions('a', ['production', 'Staging'])
    expect(one.map(({ version }) => version)).toEqual([2])
    const error: unknown = await registry.latestVersions('a', ['Live']).catch((e: unknown) => e)
    expect(codeOf(error)).toBe('STAGE_INVALID')
  })

  it('is emptied but for one by the next that archives', async () => {
    const { registry } = await aRegistry()
    await registry.transition('a', 3, 'Production', { archiveExisting: true })
    expect((await registry.versions('a')).map(({ stage }) => stage)).toEqual([
      ...['Archived', 'Archived', 'Production'],
    ])
  })

  it('keeps the others when the current one is moved away', async () => {
    const { registry } = await aRegistry()
    await registry.transition('a', 1, 'None', { archiveExisting: false })
    expect((await registry.current('a', 'Production'))?.version).toBe(2)
  })
})

describe('The time of an update as MLflow counts it', () => {
  it('moves with stages, descriptions and names, and not with tags and aliases', async () => {
    const { registry } = await aRegistry()
    const times = async (): Promise<number[]> => [
      (await registry.get('a')).updatedTime,
      (await registry.version('a', 3)).updatedTime,
    ]
    const before = await times()
    await registry.setTag('a', 'k', 'v')
    await registry.setVersionTag('a', 3, 'k', 'v')
    await registry.setAlias('a', 'champion', 3)
    expect(await times()).toEqual(before)
    await registry.describeVersion('a', 3, 'better')
    const described = await times()
    expect(described[0]).toBe(before[0])
    expect(described[1]).toBeGreaterThan(before[1] ?? 0)
    await registry.transition('a', 1, 'Archived')
    const moved = await times()
    expect(moved[0]).toBeGreaterThan(before[0] ?? 0)
    expect(moved[1]).toBe(described[1])
    await registry.rename('a', 'z')
    const [model, version] = [await registry.get('z'), await registry.version('z', 3)]
    expect(model.updatedTime).toBeGreaterThan(moved[0] ?? 0)
    expect(version.updatedTime).toBe(model.updatedTime)
  })
})

describe('A version', () => {
  it('may name a run of another store, a link to it, and a place that its source stands for', async () => {
    const { registry } = await aStore()
    const details = {
      run: 'elsewhere',
      foreignRun: true,
      source: 'models:/other/1',
      storageLocation: 's3://bytes',
      runLink: 'https://host/run',
    }
    const { foreignRun: _, ...kept } = details
    expect(await registry.createVersion('m', details)).toMatchObject(kept)
    const again: unknown = await registry
      .createVersion('m', { ...details, foreignRun: false })
      .catch((e: unknown) => e)
    expect(codeOf(again)).toBe('RUN_NOT_FOUND')
  })

  it('registers no model where that is not wanted', async () => {
    const { registry } = await aStore()
    const error: unknown = await registry
      .createVersion('m', { source: 's3://a', register: false })
      .catch((e: unknown) => e)
    expect(codeOf(error)).toBe('MODEL_NOT_FOUND')
    await registry.register('m')
    const made = await registry.createVersion('m', { source: 's3://a', register: false })
    expect(made.version).toBe(1)
  })

  it('made from a logged model takes its run and its place, and is told to it', async () => {
    const { loggedModels, registry } = await aStore().then(async (varve) => {
      await varve.experiments.create('e')
      return varve
    })
    await loggedModels.create({
      id: 'm-1',
      experiment: 'e',
      run: 'r-other',
      artifactLocation: 'file:///m-1',
    })
    const made = await registry.createVersion('größe', { loggedModel: 'm-1' })
    expect(made).toMatchObject({
      ...{ version: 1, loggedModel: 'm-1', run: 'r-other', source: 'models:/m-1' },
      storageLocation: 'file:///m-1',
    })
    await registry.createVersion('größe', { loggedModel: 'm-1', source: 'runs:/x/y' })
    const { registrations, tags } = await loggedModels.get('m-1')
    expect(registrations).toEqual([
      { model: 'größe', version: 1 },
      { model: 'größe', version: 2 },
    ])
    expect(tags['mlflow.modelVersions']).toBe(
      '[{"name": "gr\\u00f6\\u00dfe", "version": 1}, {"name": "gr\\u00f6\\u00dfe", "version": 2}]',
    )
    const error: unknown = await registry
      .createVersion('m', { loggedModel: 'm-none' })
      .catch((e: unknown) => e)
    expect(codeOf(error)).toBe('LOGGED_MODEL_NOT_FOUND')
  })
})
