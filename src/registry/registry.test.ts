import { afterEach, describe, expect, it } from 'vitest'
import { codeOf } from '../kernel/errors.ts'
import type { EventEngine } from '../kernel/event-engine.ts'
import type { RecordedEvent } from '../kernel/events/event.ts'
import { openMemoryLog } from '../kernel/log/memory-log.ts'
import { openEngine } from '../kernel/open-engine.ts'
import { registryError } from './errors.ts'
import {
  createRegistry,
  type LoggedModelFacts,
  type Registry,
  type RegistryView,
  type RunModel,
  registryAsOf,
  registryEvents,
  registryProjection,
} from './index.ts'

const open: EventEngine[] = []

afterEach(async () => {
  for (const engine of open.splice(0)) await engine.close()
})

interface Store {
  readonly engine: EventEngine
  readonly registry: Registry
  readonly asOf: (position: number) => RegistryView
}

const knownRuns: RunModel = async (run, path) => {
  if (run === 'nobody') throw registryError('MODEL_NOT_FOUND', 'No run has the id nobody.')
  return path === undefined ? {} : { digest: `sha256:${path}` }
}

const loggedModel: LoggedModelFacts = async (id) => {
  if (id === 'm-none') throw registryError('MODEL_NOT_FOUND', 'No logged model has the id m-none.')
  return { run: 'r1', artifactLocation: `file:///models/${id}` }
}

const aStore = async (runModel: RunModel = knownRuns): Promise<Store> => {
  let now = 1_000
  const engine = await openEngine({
    log: await openMemoryLog(),
    families: registryEvents,
    projections: [registryProjection],
    actor: 'ana',
    clock: () => now++,
  })
  open.push(engine)
  const state = () => engine.state(registryProjection)
  return {
    engine,
    registry: createRegistry({ writer: engine, reader: engine, state, runModel, loggedModel }),
    asOf: (position) => registryAsOf({ reader: engine, state, position }),
  }
}

/** Three versions of churn. */
const aModel = async (): Promise<Store> => {
  const store = await aStore()
  for (const run of ['r1', 'r2', 'r3']) {
    await store.registry.createVersion('churn', { run, path: 'model' })
  }
  return store
}

const errorOf = async (answer: Promise<unknown>): Promise<unknown> => {
  try {
    await answer
  } catch (error) {
    return error
  }
  return undefined
}

const codeFrom = async (answer: Promise<unknown>): Promise<string | undefined> =>
  codeOf(await errorOf(answer))

describe('Creating a version', () => {
  it('links it to its run, path and digest, and registers the model', async () => {
    const { registry } = await aStore()
    const version = await registry.createVersion('churn', {
      run: 'r1',
      path: 'model',
      tags: { reviewed: 'yes', rank: 1, good: true },
      description: 'first',
      user: 'bo',
    })
    expect(version).toMatchObject({
      model: 'churn',
      version: 1,
      run: 'r1',
      path: 'model',
      source: 'runs:/r1/model',
      digest: 'sha256:model',
      stage: 'None',
      aliases: [],
      description: 'first',
      user: 'bo',
      lifecycle: 'active',
    })
    expect({ ...version.tags }).toEqual({ reviewed: 'yes', rank: '1', good: 'true' })
    expect(await registry.get('churn')).toMatchObject({ name: 'churn', versionCount: 1, latest: 1 })
  })

  it('keeps a source of its own, without a digest of something else', async () => {
    const { registry } = await aStore()
    const plain = await registry.createVersion('churn', { source: 's3://bucket/1' })
    expect(plain).toMatchObject({ version: 1, source: 's3://bucket/1' })
    expect(plain).not.toHaveProperty('digest')
    const both = await registry.createVersion('churn', { run: 'r1', source: 's3://bucket/2' })
    expect(both).toMatchObject({ version: 2, run: 'r1', source: 's3://bucket/2' })
    const whole = await registry.createVersion('churn', { run: 'r1' })
    expect(whole).toMatchObject({ version: 3, source: 'runs:/r1' })
  })

  it('needs a run or a source, and a run that is there; else nothing is written', async () => {
    const { registry, engine } = await aStore()
    expect(await codeFrom(registry.createVersion('churn', {}))).toBe('SOURCE_REQUIRED')
    expect(await codeFrom(registry.createVersion('churn', { run: 'nobody' }))).toBe(
      'MODEL_NOT_FOUND',
    )
    expect(engine.last).toBe(-1)
  })

  it('keeps its turn while the run is looked up, though nothing is awaited', async () => {
    const slow: RunModel = async () => {
      for (let turn = 0; turn < 50; turn++) await Promise.resolve()
      return {}
    }
    const { registry } = await aStore(slow)
    const [created, promoted, described] = await Promise.all([
      registry.createVersion('churn', { run: 'r1' }),
      registry.transition('churn', 1, 'Production'),
      registry.describe('churn', 'd'),
    ])
    expect([created.stage, promoted.stage, described.description]).toEqual([
      'None',
      'Production',
      'd',
    ])
  })
})

describe('Promoting and rolling back', () => {
  it('answers who is current, since when, by whom and why', async () => {
    const { registry } = await aModel()
    await registry.transition('churn', 1, 'Production', { comment: 'first', actor: 'bo' })
    const current = await registry.current('churn', 'production')
    expect(current).toEqual({
      model: 'churn',
      version: 1,
      stage: 'Production',
      run: 'r1',
      path: 'model',
      source: 'runs:/r1/model',
      digest: 'sha256:model',
      since: expect.any(Number),
      by: 'bo',
      comment: 'first',
      position: 4,
    })
    expect(await registry.current('churn', 'Staging')).toBeUndefined()
    expect(await registry.current('churn', 'nothing')).toBeUndefined()
    expect(await registry.current('nobody', 'Production')).toBeUndefined()
  })

  it('tells the whole story in the history', async () => {
    const { registry } = await aModel()
    await registry.transition('churn', 1, 'Production')
    await registry.transition('churn', 2, 'Production', { comment: 'better', expect: 1 })
    const back = await registry.rollback('churn', { comment: 'drift' })
    expect(back).toMatchObject({ version: 1, stage: 'Production' })
    const moves = await registry.history('churn')
    expect(moves.map(({ at: _at, ...move }) => move)).toEqual([
      { model: 'churn', version: 1, from: 'None', to: 'Production', by: 'ana', position: 4 },
      {
        model: 'churn',
        version: 2,
        from: 'None',
        to: 'Production',
        by: 'ana',
        comment: 'better',
        replaced: 1,
        position: 5,
      },
      {
        model: 'churn',
        version: 1,
        from: 'Production',
        to: 'Archived',
        by: 'ana',
        cause: 'archived',
        position: 6,
      },
      {
        model: 'churn',
        version: 1,
        from: 'Archived',
        to: 'Production',
        by: 'ana',
        comment: 'drift',
        replaced: 2,
        cause: 'rollback',
        position: 7,
      },
      {
        model: 'churn',
        version: 2,
        from: 'Production',
        to: 'Archived',
        by: 'ana',
        cause: 'archived',
        position: 8,
      },
    ])
    expect(moves.map(({ at }) => at)).toEqual(moves.map(({ at }) => at).sort((a, b) => a - b))
  })

  it('lets one of two win who expect the same, in one commit', async () => {
    const { registry } = await aModel()
    await registry.transition('churn', 1, 'Production')
    const [won, lost] = await Promise.allSettled([
      registry.transition('churn', 2, 'Production', { expect: 1 }),
      registry.transition('churn', 3, 'Production', { expect: 1 }),
    ])
    expect(won.status).toBe('fulfilled')
    expect(lost).toMatchObject({
      status: 'rejected',
      reason: {
        code: 'REVISION_CONFLICT',
        data: { model: 'churn', stage: 'Production', expected: 1, actual: 2 },
      },
    })
    expect((await registry.current('churn', 'Production'))?.version).toBe(2)
  })

  it('answers a call of a crowded commit as it was when its turn came', async () => {
    const { registry } = await aModel()
    const answers = await Promise.all([
      registry.transition('churn', 1, 'Production'),
      registry.transition('churn', 2, 'Production'),
      registry.setVersionTag('churn', 1, 'k', 'v'),
      registry.rollback('churn'),
      registry.setTag('churn', 'k', 'v'),
      registry.deleteVersion('churn', 2),
    ])
    expect(answers[0]).toMatchObject({ version: 1, stage: 'Production' })
    expect(answers[1]).toMatchObject({ version: 2, stage: 'Production' })
    expect(answers[2]).toMatchObject({ version: 1, stage: 'Archived' })
    expect(answers[3]).toMatchObject({ version: 1, stage: 'Production' })
    expect(answers[4]).toMatchObject({ versionCount: 3, current: { Production: 1 } })
    expect(answers[5]).toMatchObject({ version: 2, lifecycle: 'deleted' })
  })

  it('answers a repeated key as the first time, whatever happened since', async () => {
    const { registry, engine } = await aModel()
    const once = { idempotencyKey: 'k1', comment: 'c' }
    const first = await registry.transition('churn', 1, 'Production', once)
    const created = await registry.createVersion('churn', {
      run: 'r4',
      path: 'm',
      idempotencyKey: 'k2',
    })
    const described = await registry.describe('churn', 'then', { idempotencyKey: 'k3' })
    for (let turn = 0; turn < 1100; turn++) void registry.setTag('churn', 'turn', String(turn))
    await registry.transition('churn', 2, 'Production')
    const { last } = engine
    expect(await registry.transition('churn', 1, 'Production', once)).toEqual(first)
    expect(
      await registry.createVersion('churn', { run: 'r4', path: 'm', idempotencyKey: 'k2' }),
    ).toEqual(created)
    expect(await registry.describe('churn', 'then', { idempotencyKey: 'k3' })).toEqual(described)
    expect(engine.last).toBe(last)
    expect(
      await codeFrom(registry.transition('churn', 3, 'Production', { idempotencyKey: 'k1' })),
    ).toBe('IDEMPOTENCY_CONFLICT')
  })
})

describe('Asking as of a position', () => {
  it('sees the stage filled at every position of a promotion', async () => {
    const { registry, asOf, engine } = await aModel()
    await registry.transition('churn', 1, 'Production')
    const from = engine.last
    await registry.transition('churn', 2, 'Production')
    await registry.rollback('churn')
    const seen: (number | undefined)[] = []
    for (let position = from - 1; position <= engine.last; position++) {
      seen.push((await asOf(position).current('churn', 'Production'))?.version)
    }
    expect(seen).toEqual([undefined, 1, 2, 2, 1, 1])
  })

  it('finds a model under the name that it bore then', async () => {
    const { registry, asOf, engine } = await aModel()
    await registry.transition('churn', 3, 'Production')
    const before = asOf(engine.last)
    await registry.rename('churn', 'leavers')
    await registry.createVersion('churn', { source: 's3://other' })
    await registry.transition('churn', 1, 'Production')
    expect(await before.current('churn', 'Production')).toMatchObject({
      model: 'churn',
      version: 3,
    })
    expect(await before.current('leavers', 'Production')).toBeUndefined()
    expect(await before.get('churn')).toMatchObject({ name: 'churn', versionCount: 3 })
    expect(await before.list()).toHaveLength(1)
    expect(await registry.current('churn', 'Production')).toMatchObject({ source: 's3://other' })
    expect(await registry.current('leavers', 'Production')).toMatchObject({ version: 3, run: 'r3' })
    expect((await registry.list()).map(({ name }) => name)).toEqual(['churn', 'leavers'])
    const moves = await registry.history('leavers')
    expect(moves.map(({ model, version }) => [model, version])).toEqual([['churn', 3]])
  })

  it('may learn its position later', async () => {
    const { registry, engine } = await aModel()
    const { last } = engine
    await registry.deleteVersion('churn', 3)
    const state = () => engine.state(registryProjection)
    const view = registryAsOf({ reader: engine, state, position: async () => last })
    expect(await view.versions('churn')).toHaveLength(3)
    expect(await registry.versions('churn')).toHaveLength(2)
    expect(await registry.resolve('models:/churn/latest')).toMatchObject({ version: 2 })
    expect(await view.resolve('models:/churn/latest')).toMatchObject({ version: 3 })
    expect(await view.current('churn', 'None')).toMatchObject({ version: 3 })
  })
})

describe('Deleting', () => {
  it('keeps the history of a model, and frees its name', async () => {
    const { registry } = await aModel()
    await registry.transition('churn', 1, 'Production')
    await registry.setAlias('churn', 'champion', 1)
    expect(await registry.delete('churn')).toMatchObject({ lifecycle: 'deleted', aliases: {} })
    expect(await codeFrom(registry.get('churn'))).toBe('MODEL_NOT_FOUND')
    expect(await registry.current('churn', 'Production')).toBeUndefined()
    expect(await registry.current('churn', '@champion')).toBeUndefined()
    expect(await registry.history('churn')).toHaveLength(1)
    expect(await registry.list()).toEqual([])
    expect(await registry.list({ lifecycle: 'deleted', prefix: 'ch' })).toHaveLength(1)
    expect(await registry.list({ lifecycle: 'deleted', prefix: 'x' })).toEqual([])
    await registry.register('churn')
    expect(await registry.history('churn')).toEqual([])
    expect(await registry.list({ lifecycle: 'all' })).toHaveLength(2)
  })

  it('leaves a version’s moves in the history', async () => {
    const { registry } = await aModel()
    await registry.transition('churn', 2, 'Production')
    await registry.setAlias('churn', 'champion', 2)
    await registry.deleteVersion('churn', 2)
    expect(await registry.history('churn')).toHaveLength(1)
    expect(await codeFrom(registry.version('churn', 2))).toBe('VERSION_NOT_FOUND')
    expect(await codeFrom(registry.resolve('models:/churn/2'))).toBe('VERSION_NOT_FOUND')
    expect(await codeFrom(registry.resolve('models:/churn/Production'))).toBe('VERSION_NOT_FOUND')
    expect((await registry.versions('churn')).map(({ version }) => version)).toEqual([1, 3])
    expect((await registry.get('churn')).aliases).toEqual({})
    expect(await codeFrom(registry.history('nobody'))).toBe('MODEL_NOT_FOUND')
  })
})

describe('Stages, aliases and tags', () => {
  it('are found again under hostile names', async () => {
    const { registry } = await aStore()
    for (const name of ['__proto__', 'constructor', '🦊'.repeat(250), 'a\u0000b', 'مرحبا']) {
      const tags = JSON.parse('{"__proto__":"p","constructor":"c"}')
      await registry.register(name, { tags, stages: ['__proto__', 'constructor', 'gone'] })
      await registry.createVersion(name, { source: 's', tags: new Map([['toString', 't']]) })
      await registry.setAlias(name, '__proto__', 1)
      await registry.transition(name, 1, 'constructor')
      const model = await registry.get(name)
      expect(Object.entries(model.tags)).toEqual([
        ['__proto__', 'p'],
        ['constructor', 'c'],
      ])
      expect(Object.entries(model.aliases)).toEqual([['__proto__', 1]])
      expect(Object.entries(model.current)).toEqual([['constructor', 1]])
      expect((await registry.version(name, 1)).tags['toString']).toBe('t')
      expect(await registry.current(name, '@__proto__')).toMatchObject({ alias: '__proto__' })
      const uri = `models:/${encodeURIComponent(name)}/constructor`
      expect(await registry.resolve(uri)).toEqual({ model: name, version: 1, source: 's' })
    }
    expect(await registry.list()).toHaveLength(5)
  })

  it('change and go', async () => {
    const { registry } = await aModel()
    expect(await registry.setAlias('churn', 'champion', 2)).toMatchObject({
      version: 2,
      aliases: ['champion'],
    })
    expect(await registry.current('churn', 'champion')).toMatchObject({
      version: 2,
      alias: 'champion',
    })
    expect(await registry.deleteAlias('churn', 'champion')).toMatchObject({ aliases: {} })
    expect(await codeFrom(registry.deleteAlias('churn', 'champion'))).toBe('ALIAS_NOT_FOUND')
    expect((await registry.setTag('churn', 'k', 'v')).tags['k']).toBe('v')
    expect((await registry.deleteTag('churn', 'k')).tags['k']).toBeUndefined()
    expect((await registry.setVersionTag('churn', 1, 'k', 'v')).tags['k']).toBe('v')
    expect((await registry.deleteVersionTag('churn', 1, 'k')).tags['k']).toBeUndefined()
    expect((await registry.describeVersion('churn', 1, 'd')).description).toBe('d')
    expect((await registry.setStages('churn', ['None', 'Live', 'Gone'])).stages).toEqual([
      'None',
      'Live',
      'Gone',
    ])
    expect(await codeFrom(registry.transition('churn', 1, 'Production'))).toBe('STAGE_INVALID')
    expect(await registry.transition('churn', 1, 'LIVE')).toMatchObject({ stage: 'Live' })
  })

  it('resolve to where the bytes are, or say what is missing', async () => {
    const { registry } = await aModel()
    await registry.transition('churn', 2, 'Production')
    await registry.setAlias('churn', 'champion', 1)
    const second = {
      model: 'churn',
      version: 2,
      run: 'r2',
      path: 'model',
      source: 'runs:/r2/model',
      digest: 'sha256:model',
    }
    expect(await registry.resolve('models:/churn/production')).toEqual(second)
    expect(await registry.resolve('models:/churn/2')).toEqual(second)
    expect(await registry.resolve('models:/churn/latest')).toMatchObject({ version: 3 })
    expect(await registry.resolve('models:/churn@champion')).toMatchObject({ version: 1 })
    const refused = async (uri: string) => codeFrom(registry.resolve(uri))
    expect(await refused('models:/nobody/1')).toBe('MODEL_NOT_FOUND')
    expect(await refused('models:/churn/9')).toBe('VERSION_NOT_FOUND')
    expect(await refused('models:/churn/Staging')).toBe('VERSION_NOT_FOUND')
    expect(await refused('models:/churn/Prod')).toBe('STAGE_INVALID')
    expect(await refused('models:/churn@nobody')).toBe('ALIAS_NOT_FOUND')
    expect(await refused('churn')).toBe('URI_INVALID')
  })
})

describe('The feed of transitions', () => {
  it('begins with history and goes on live, of one model and stage if asked', async () => {
    const { registry } = await aModel()
    await registry.transition('churn', 1, 'Production')
    await registry.createVersion('other', { source: 's' })
    const ended = new AbortController()
    const seen: string[] = []
    const feed = registry.transitions({ model: 'churn', stage: 'production', from: 'start' })
    const reading = (async () => {
      for await (const move of feed.until(ended.signal)) {
        seen.push(`${move.model} ${move.version} ${move.from} > ${move.to}`)
        if (seen.length === 3) ended.abort()
      }
    })()
    await registry.transition('other', 1, 'Production')
    await registry.transition('churn', 2, 'Production')
    await registry.transition('churn', 3, 'Staging')
    await registry.rollback('churn')
    await reading
    expect(seen).toEqual([
      'churn 1 None > Production',
      'churn 2 None > Production',
      'churn 1 Archived > Production',
    ])
  })
})

describe('Bad input', () => {
  it.each<[string, (registry: Registry) => Promise<unknown>, string]>([
    // @ts-expect-error what a JavaScript caller may pass
    ['a version that is text', (r) => r.transition('churn', '1', 'Production'), 'version'],
    ['a version that is no integer', (r) => r.transition('churn', 1.5, 'Production'), 'version'],
    ['version 0', (r) => r.version('churn', 0), ''],
    // @ts-expect-error what a JavaScript caller may pass
    ['a missing stage', (r) => r.transition('churn', 1), 'stage'],
    // @ts-expect-error what a JavaScript caller may pass
    ['an option with a wrong name', (r) => r.rollback('churn', { until: 1 }), 'until'],
    // @ts-expect-error what a JavaScript caller may pass
    ['options that are text', (r) => r.register('x', 'text'), ''],
    // @ts-expect-error what a JavaScript caller may pass
    ['a tag that is an object', (r) => r.register('x', { tags: { a: {} } }), 'tags.a'],
    // @ts-expect-error what a JavaScript caller may pass
    ['tags that are text', (r) => r.register('x', { tags: 'a' }), 'tags'],
    ['a tag without a key', (r) => r.setTag('churn', '', 'v'), 'key'],
    ['a half of a surrogate pair', (r) => r.describe('churn', '\ud800'), 'description'],
    ['an empty actor', (r) => r.describe('churn', 'd', { actor: '' }), 'actor'],
    // @ts-expect-error what a JavaScript caller may pass
    ['a model that is no text', (r) => r.get(7), ''],
    // @ts-expect-error what a JavaScript caller may pass
    ['a list query with a wrong lifecycle', (r) => r.list({ lifecycle: 'x' }), 'lifecycle'],
    // @ts-expect-error what a JavaScript caller may pass
    ['a reference that is no text', (r) => r.current('churn', 7), ''],
  ])('refuses %s, names the path and writes nothing', async (_, call, path) => {
    const { registry, engine } = await aModel()
    const { last } = engine
    const error = await errorOf(call(registry))
    expect(error).toMatchObject({ code: 'INVALID_VALUE', data: { path } })
    expect(engine.last).toBe(last)
  })

  it('refuses a wrong feed query at once', async () => {
    const { registry } = await aModel()
    expect(() => registry.transitions({ from: -1 })).toThrow(/from/)
  })
})

describe('Writing', () => {
  it('hands every write to its supervisor, also those that fail', async () => {
    const { engine } = await aStore()
    const seen: Promise<unknown>[] = []
    const registry = createRegistry({
      writer: engine,
      reader: engine,
      state: () => engine.state(registryProjection),
      runModel: knownRuns,
      loggedModel,
      supervise: (write) => {
        seen.push(write)
        return write
      },
    })
    const calls = [
      registry.register('a'),
      registry.register('a/b'),
      registry.createVersion('a', {}),
    ]
    await Promise.allSettled(calls)
    expect(seen).toEqual(calls)
  })

  it('records the reason, the correlation and the claim that it is given', async () => {
    const { registry, engine } = await aModel()
    await registry.transition('churn', 1, 'Production', {
      meta: { correlation: 'c1', claimed: 'mlruns' },
      comment: 'why',
    })
    const events: readonly RecordedEvent[] = await engine.stream('model:churn')
    expect(events.at(-1)).toMatchObject({
      data: { comment: 'why' },
      meta: { correlation: 'c1', claimed: 'mlruns' },
    })
    expect((await registry.history('churn'))[0]).toMatchObject({ claimed: 'mlruns' })
  })
})
