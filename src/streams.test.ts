import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { filter, firstValueFrom, take, toArray } from 'rxjs'
import * as v from 'valibot'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { defineEvents, open } from './index.ts'

const annotations = defineEvents('annotation', {
  added: {
    version: 1,
    data: v.object({ run: v.string(), text: v.pipe(v.string(), v.minLength(1)) }),
  },
})

const options = { facts: false, actor: 'ana', durability: 'os', events: [annotations] } as const

let folder: string
let now: number

const openStore = () => open(folder, { ...options, clock: () => now++ })

let varve: Awaited<ReturnType<typeof openStore>>

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'varve-streams-'))
  now = Date.UTC(2026, 10, 10)
  varve = await openStore()
})

afterEach(async () => {
  await varve.close()
  await rm(folder, { recursive: true })
})

const reopen = async (): Promise<void> => {
  await varve.close()
  varve = await openStore()
}

/** Three versions of churn, the first two of which were in production. */
const history = async (): Promise<void> => {
  for (let at = 0; at < 3; at++) {
    await varve.runs.start({ experiment: 'churn' }, async (run) => {
      await run.logMetric('auc', 0.9 + at / 100)
      await varve.registry.createVersion('churn', { run: run.id })
    })
  }
  await varve.registry.transition('churn', 1, 'Production', { comment: 'first' })
  await varve.registry.transition('churn', 2, 'Production', { comment: 'better' })
}

const within = async <T>(iterable: AsyncIterable<T>, count: number): Promise<T[]> => {
  const items: T[] = []
  for await (const item of iterable) if (items.push(item) === count) break
  return items
}

const settle = () => new Promise((done) => setTimeout(done, 30))

describe('events', () => {
  it('come from history and then live, in order, typed by their name', async () => {
    await history()
    const following = within(varve.events({ types: ['run.ended'], from: 'start' }), 4)
    await varve.runs.start({}, () => undefined)
    const events = await following
    expect(events.map(({ data }) => data.status)).toEqual(Array(4).fill('FINISHED'))
    const positions = events.map(({ position }) => position)
    expect(positions).toEqual([...positions].sort((a, b) => a - b))
    expect(new Set(positions).size).toBe(4)
  })

  it('are all of them, gapless, of one stream or from a position', async () => {
    await history()
    const { position } = await varve.log.info()
    const all = await within(varve.events({ from: 'start' }), position + 1)
    expect(all.map((event) => event.position)).toEqual([...all.keys()])
    expect(all.every(({ actor }) => actor === 'ana')).toBe(true)
    const later = await within(varve.events({ from: 3 }), position - 2)
    expect(later).toEqual(all.slice(3))
    const stream = all[0]?.stream ?? ''
    const [first] = await within(varve.events({ from: 'start', stream }), 1)
    expect(first).toEqual(all[0])
  })

  it('may be pushed, and end with a signal', async () => {
    await history()
    const ended = new AbortController()
    const pushed: string[] = []
    const done = new Promise<void>((complete) => {
      varve
        .events({ types: ['version.transitioned'], from: 'start' })
        .until(ended.signal)
        .observe()
        .subscribe({
          next: ({ data }) => pushed.push(`${data.version} ${data.to}`),
          complete,
        })
    })
    while (pushed.length < 3) await settle()
    ended.abort()
    await done
    expect(pushed.slice(0, 1)).toEqual(['1 Production'])
  })

  it('of a type that nobody defined are refused by name', () => {
    // @ts-expect-error A caller without types may ask for anything.
    expect(() => varve.events({ types: ['run.startde'] })).toThrow(
      expect.objectContaining({ code: 'UNKNOWN_EVENT_TYPE' }),
    )
  })

  it('come in batches with a mark when the reader has caught up', async () => {
    await history()
    const { position } = await varve.log.info()
    const batches: { position: number; caughtUp: boolean; count: number }[] = []
    for await (const { events, ...batch } of varve.read()) {
      batches.push({ ...batch, count: events.length })
    }
    expect(batches.at(-1)).toMatchObject({ position, caughtUp: true })
    expect(batches.reduce((sum, { count }) => sum + count, 0)).toBe(position + 1)
  })

  it('of moves start with the moves before, and go on with those to come', async () => {
    await history()
    const moves = varve.registry
      .transitions({ model: 'churn', stage: 'Production', from: 'start' })
      .observe()
      .pipe(
        filter(({ comment }) => comment !== undefined),
        take(3),
        toArray(),
      )
    const all = firstValueFrom(moves)
    await varve.registry.rollback('churn', { comment: 'drift' })
    expect((await all).map(({ version, comment }) => [version, comment])).toEqual([
      [1, 'first'],
      [2, 'better'],
      [1, 'drift'],
    ])
  })
})

describe('watch', () => {
  it('gives the answer at once, and again only when it changed', async () => {
    await history()
    const seen: (number | undefined)[] = []
    const watching = varve
      .watch((view) => view.registry.current('churn', 'Production'))
      .subscribe((current) => seen.push(current?.version))
    await settle()
    await varve.runs.start({}, () => undefined)
    await varve.registry.setTag('churn', 'a', 'b')
    await settle()
    expect(seen).toEqual([2])
    await varve.registry.transition('churn', 3, 'Production')
    await settle()
    expect(seen).toEqual([2, 3])
    watching.unsubscribe()
    await varve.registry.rollback('churn')
    await settle()
    expect(seen).toEqual([2, 3])
  })

  it('ends with the store, and hands on what the question threw', async () => {
    const complete = new Promise<void>((done) => {
      varve.watch((view) => view.experiments.list()).subscribe({ complete: done })
    })
    const failed = firstValueFrom(varve.watch((view) => view.runs.get('nobody')))
    await expect(failed).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' })
    await varve.close()
    await complete
  })
})

describe('a durable subscription', () => {
  it('goes on after the last event that was done, also after the store was opened again', async () => {
    await history()
    const next = async (count: number): Promise<number[]> => {
      const subscription = await varve.subscribe('deployer', { types: ['version.created'] })
      const versions: number[] = []
      for await (const { event, done } of subscription) {
        versions.push(event.data.version)
        await done()
        if (versions.length === count) break
      }
      return versions
    }
    expect(await next(1)).toEqual([1])
    await reopen()
    expect(await next(2)).toEqual([2, 3])
    await varve.registry.createVersion('churn', { source: 's3://b' })
    expect(await next(1)).toEqual([4])
  })

  it('gives an event again that was not done', async () => {
    await history()
    const first = async () => {
      const subscription = await varve.subscribe('deployer')
      const [delivery] = await within(subscription, 1)
      return delivery?.event.position
    }
    expect([await first(), await first()]).toEqual([0, 0])
  })

  it('is read once at a time, by whichever handle', async () => {
    await history()
    const other = await openStore()
    const subscription = await varve.subscribe('deployer')
    const reader = subscription[Symbol.asyncIterator]()
    await reader.next()
    for (const handle of [varve, other]) {
      const busy = await handle.subscribe('deployer')
      await expect(within(busy, 1)).rejects.toMatchObject({ code: 'SUBSCRIPTION_BUSY' })
    }
    await reader.return?.()
    expect((await within(await other.subscribe('deployer'), 1)).length).toBe(1)
    await other.close()
  })
})

describe('a projection of your own', () => {
  const perDay = () => ({
    name: 'deployments-per-day',
    version: 1,
    initial: (): Record<string, number> => ({}),
    on: {
      'version.transitioned': (
        days: Record<string, number>,
        { data, recordedAt }: { data: { to: string }; recordedAt: number },
      ) => {
        if (data.to !== 'Production') return
        const day = new Date(recordedAt).toISOString().slice(0, 10)
        days[day] = (days[day] ?? 0) + 1
      },
    },
  })

  it('is replayed from history, live from here, and the same as of then', async () => {
    await history()
    const then = (await varve.moment()).position
    const deployments = await varve.project(perDay())
    expect(deployments.state).toEqual({ '2026-11-10': 2 })
    expect(Object.isFrozen(deployments.state)).toBe(true)
    const changes: unknown[] = []
    deployments.changes.subscribe((state) => changes.push(state))
    now = Date.UTC(2026, 10, 11)
    await varve.registry.transition('churn', 3, 'Production')
    await varve.registry.setTag('churn', 'a', 'b')
    expect(deployments.state).toEqual({ '2026-11-10': 2, '2026-11-11': 1 })
    expect(changes).toEqual([deployments.state])
    expect(await varve.asOf(then).project(deployments)).toEqual({ '2026-11-10': 2 })
    expect(await varve.asOf('2026-11-10').project(deployments)).toEqual({ '2026-11-10': 2 })
    expect(await varve.asOf(-1).project(deployments)).toEqual({})
    expect((await varve.verify()).ok).toBe(true)
  })

  it('goes on from its checkpoint when the store is opened again', async () => {
    await history()
    await varve.project(perDay())
    await varve.registry.setTag('churn', 'a', 'b')
    await reopen()
    let calls = 0
    const definition = perDay()
    const counted = {
      ...definition,
      on: {
        'version.transitioned': (
          ...args: Parameters<(typeof definition.on)['version.transitioned']>
        ) => {
          calls += 1
          definition.on['version.transitioned'](...args)
        },
      },
    }
    const deployments = await varve.project(counted)
    expect([deployments.state, calls]).toEqual([{ '2026-11-10': 2 }, 0])
    await varve.registry.transition('churn', 3, 'Production')
    expect([deployments.state, calls > 0]).toEqual([{ '2026-11-10': 3 }, true])
  })

  it('that throws stands still with a problem, and nothing else does', async () => {
    const problems: string[] = []
    varve.problems.subscribe(({ where }) => problems.push(where))
    const broken = await varve.project({
      name: 'broken',
      version: 1,
      initial: () => ({ seen: 0 }),
      on: {
        'experiment.created': () => {
          throw new Error('boom')
        },
      },
    })
    await varve.experiments.create('churn')
    await varve.experiments.create('fraud')
    expect(problems).toEqual(['projection broken'])
    expect(broken.failure).toMatchObject({ code: 'PROJECTION_FAILED' })
    expect(broken.state).toEqual({ seen: 0 })
    expect((await varve.experiments.list()).length).toBe(2)
  })

  it('is refused when it handles a type that nobody defined, or is none', async () => {
    const bad = [
      { name: 'x', version: 1, initial: () => ({}), on: { 'run.startde': () => undefined } },
      { name: '', version: 1, initial: () => ({}), on: {} },
      { name: 'x', version: 1.5, initial: () => ({}), on: {} },
      { name: 'x', version: 1, initial: {}, on: {} },
      null,
      undefined,
      'x',
    ]
    for (const definition of bad) {
      // @ts-expect-error A caller without types may give anything.
      await expect(varve.project(definition)).rejects.toMatchObject({
        code: expect.stringMatching(/^(INVALID_VALUE|UNKNOWN_EVENT_TYPE)$/),
      })
    }
  })
})

describe('events of your own', () => {
  const add = (text: string, more: object = {}) =>
    varve.append('annotation:42', 'annotation.added', { run: 'r', text }, more)

  it('are recorded, read back, and projected like any others', async () => {
    const event = await add('odd spike', { actor: 'bo', meta: { comment: 'seen twice' } })
    expect(event).toMatchObject({
      stream: 'annotation:42',
      type: 'annotation.added',
      revision: 0,
      actor: 'bo',
      data: { run: 'r', text: 'odd spike' },
      meta: { comment: 'seen twice' },
    })
    const [read] = await within(varve.events({ types: ['annotation.added'], from: 'start' }), 1)
    expect(read).toEqual(event)
    const texts = await varve.project({
      name: 'texts',
      version: 1,
      initial: (): string[] => [],
      on: { 'annotation.added': (all, { data }) => void all.push(data.text) },
    })
    await add('again')
    expect(texts.state).toEqual(['odd spike', 'again'])
  })

  it('that do not fit their schema leave nothing', async () => {
    await expect(add('')).rejects.toMatchObject({
      code: 'INVALID_VALUE',
      data: { what: 'event annotation.added', path: 'text', value: '' },
    })
    expect((await varve.log.info()).position).toBe(-1)
  })

  it('are not those of varve, of another stream, or of a type that nobody defined', async () => {
    const refused = [
      () => varve.append('run:1', 'run.deleted', {}),
      () => varve.append('note:1', 'annotation.added', { run: 'r', text: 'x' }),
      () => varve.append('annotation:', 'annotation.added', { run: 'r', text: 'x' }),
      // @ts-expect-error A caller without types may give anything.
      () => varve.append('annotation:1', 'annotation.gone', {}),
      // @ts-expect-error A caller without types may give anything.
      () => varve.append(1, 'annotation.added', {}),
    ]
    for (const append of refused) {
      await expect(append()).rejects.toMatchObject({
        code: expect.stringMatching(/^(INVALID_VALUE|UNKNOWN_EVENT_TYPE)$/),
      })
    }
    expect((await varve.log.info()).position).toBe(-1)
  })

  it('may expect the revision of their stream', async () => {
    await add('one', { expectRevision: { stream: 'annotation:42', revision: -1 } })
    await expect(
      add('two', { expectRevision: { stream: 'annotation:42', revision: -1 } }),
    ).rejects.toMatchObject({ code: 'REVISION_CONFLICT', data: { revision: -1, actual: 0 } })
    await add('two', { expectRevision: { stream: 'annotation:42', revision: 0 } })
    expect((await varve.log.info()).position).toBe(1)
  })
})

describe('a call that nobody awaits at once', () => {
  it('is no lost write when it is handed on by an async function', async () => {
    const problems: unknown[] = []
    varve.problems.subscribe((problem) => problems.push(problem))
    const run = await varve.runs.start()
    const handOn = async () => run.logParam('', 1)
    await expect(handOn()).rejects.toMatchObject({ code: 'INVALID_VALUE' })
    await settle()
    await run.end()
    expect(problems).toEqual([])
  })

  it('is a lost write when it is refused at once, of events of your own too', async () => {
    const lone = await open({ memory: true, events: [annotations], facts: false })
    void lone.append('annotation:1', 'annotation.added', { run: 'r', text: '' })
    await expect(lone.close()).rejects.toMatchObject({ code: 'INVALID_VALUE' })
  })
})

describe('an idempotency key', () => {
  const once = { idempotencyKey: '__proto__' }

  it('makes a repeated call answer as the first time, also after the store was opened again', async () => {
    const start = () => varve.runs.start({ ...once, experiment: 'churn', params: { a: 1 } })
    const version = () =>
      varve.registry.createVersion('churn', { source: 's3://b', idempotencyKey: 'v' })
    const annotate = () =>
      varve.append(
        'annotation:1',
        'annotation.added',
        { run: 'r', text: 'x' },
        { idempotencyKey: 'a' },
      )
    const [run, created, event] = [await start(), await version(), await annotate()]
    const { position } = await varve.log.info()
    expect([(await start()).id, await version(), await annotate()]).toEqual([
      run.id,
      created,
      event,
    ])
    await reopen()
    expect([(await start()).id, await version(), await annotate()]).toEqual([
      run.id,
      created,
      event,
    ])
    expect((await varve.log.info()).position).toBe(position)
    expect((await varve.verify()).ok).toBe(true)
  })

  it('is refused for another request', async () => {
    await varve.runs.start({ ...once, params: { a: 1 } })
    for (const again of [
      () => varve.runs.start({ ...once, params: { a: 2 } }),
      () => varve.experiments.create('x', once),
      () => varve.registry.register('m', once),
    ]) {
      await expect(again()).rejects.toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' })
    }
  })

  it('answers calls in parallel once', async () => {
    const calls = await Promise.all(
      Array.from({ length: 5 }, () => varve.runs.start({ ...once, experiment: 'churn' })),
    )
    expect(new Set(calls.map(({ id }) => id)).size).toBe(1)
    expect((await varve.runs.search()).rows.length).toBe(1)
  })
})
