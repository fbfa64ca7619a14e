import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { Level } from 'level'
import { isObservable, lastValueFrom } from 'rxjs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { buildWorkspace, runNode } from '../test/docs/built-package.ts'
import { defineEvents, open, type Varve } from './index.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'varve-open-'))
})

afterEach(() => rm(folder, { recursive: true }))

const os = { durability: 'os', facts: false } as const

/** A run with an artifact in version 1 of churn, in Production. */
const fill = async (varve: Varve): Promise<string> => {
  const run = await varve.runs.start({ experiment: 'churn', params: { depth: 8 } })
  await run.logMetric('auc', 0.9)
  await run.logArtifact('model/weights', 'bytes')
  await varve.registry.createVersion('churn', { run: run.id, path: 'model' })
  await varve.registry.transition('churn', 1, 'Production', { comment: 'first' })
  await run.end()
  return run.id
}

const answersOf = async (varve: Varve) => ({
  runs: await varve.runs.search({ lifecycle: 'all' }),
  experiments: await varve.experiments.list(),
  models: await varve.registry.list(),
  current: await varve.registry.current('churn', 'Production'),
  history: await varve.registry.history('churn'),
})

describe('a folder', () => {
  it('is made, and gives the same answers when it is opened again', async () => {
    const store = join(folder, 'deep', '.varve')
    const first = await open(store, os)
    await fill(first)
    const before = await answersOf(first)
    const info = await first.log.info()
    await first.close()
    await using again = await open(store)
    expect(await answersOf(again)).toEqual(before)
    expect(await again.log.info()).toMatchObject({
      id: info.id,
      position: info.position,
      head: info.head,
      folder: store,
      durability: 'os',
      owner: { pid: process.pid, host: hostname() },
      createdAt: info.createdAt,
    })
    expect(await again.verify()).toMatchObject({ ok: true, broken: [], artifacts: 1 })
  })

  it('keeps the durability it was made with', async () => {
    await (await open(folder, os)).close()
    await expect(open(folder, { durability: 'fsync' })).rejects.toMatchObject({
      code: 'LOG_FORMAT',
    })
    await using first = await open(folder)
    expect((await first.log.info()).durability).toBe('os')
    await expect(open(folder, { durability: 'fsync' })).rejects.toMatchObject({
      code: 'LOG_FORMAT',
    })
    await (await open(folder, os)).close()
  })

  it('needs only its log: without what is derived from it, the answers are the same', async () => {
    const first = await open(folder, os)
    await fill(first)
    const before = await answersOf(first)
    await first.close()
    const db = new Level<Uint8Array, Uint8Array>(join(folder, 'log'), {
      keyEncoding: 'view',
      valueEncoding: 'view',
    })
    // The prefixes of idempotency keys, the stream index and projections.
    for await (const key of db.keys({ gte: new Uint8Array([3]), lt: new Uint8Array([6]) })) {
      await db.del(key)
    }
    await db.close()
    await using again = await open(folder)
    expect(await answersOf(again)).toEqual(before)
    expect((await again.verify()).ok).toBe(true)
  })
})

describe('options', () => {
  it('that do not exist or do not fit are refused by name, and no folder is made', async () => {
    const store = join(folder, 'none')
    const bad: readonly [object | null, string][] = [
      [{ memry: true }, 'memry'],
      [{ durability: 'never' }, 'durability'],
      [{ facts: 'no' }, 'facts'],
      [{ actor: '' }, 'actor'],
      [{ clock: 5 }, 'clock'],
      [{ events: {} }, 'events'],
      [{ events: [{}] }, 'events[0]'],
      [null, ''],
    ]
    for (const [options, path] of bad) {
      // @ts-expect-error A caller without types may give anything.
      await expect(open(store, options)).rejects.toMatchObject({
        code: 'INVALID_VALUE',
        data: { path },
      })
    }
    for (const path of ['', 5, true]) {
      // @ts-expect-error A caller without types may give anything.
      await expect(open(path)).rejects.toMatchObject({ code: 'INVALID_VALUE' })
    }
    expect(await readdir(folder)).toEqual([])
  })

  it('name who acts, unless the call does', async () => {
    await using varve = await open({ memory: true, actor: 'ana', facts: false })
    await varve.experiments.create('a')
    await varve.experiments.create('b', { actor: 'bo' })
    const actors: string[] = []
    for await (const { events } of varve.read()) actors.push(...events.map(({ actor }) => actor))
    expect(actors).toEqual(['ana', 'bo'])
  })
})

describe('a second open of the folder in this process', () => {
  it('shares the engine, under any spelling of the path, and closing one leaves the other', async () => {
    const link = `${folder}-link`
    await symlink(folder, link)
    const first = await open(folder, os)
    const second = await open(`${link}/.`, { facts: false })
    const seen: string[] = []
    const following = (async () => {
      for await (const { type } of second.events()) seen.push(type)
    })()
    const id = await fill(first)
    expect((await second.runs.get(id)).params['depth']).toBe('8')
    await first.close()
    await first.close()
    await expect(first.runs.get(id)).rejects.toMatchObject({ code: 'LOG_CLOSED' })
    await second.experiments.create('after')
    while (!seen.includes('experiment.created')) await new Promise((done) => setTimeout(done, 5))
    await second.close()
    await following
    expect(seen).toContain('run.started')
    await (await open(folder)).close()
    await rm(link)
  })

  it('is not closed by two closings of the other at once', async () => {
    const first = await open(folder, os)
    const second = await open(folder, os)
    await Promise.all([first.close(), first.close()])
    await second.experiments.create('after')
    await second.close()
  })

  it('ends what a closed handle follows, although the store goes on', async () => {
    const first = await open(folder, os)
    const second = await open(folder, os)
    const following = (async () => {
      for await (const _ of first.events()) await Promise.resolve()
    })()
    const reading = (async () => {
      for await (const _ of first.read({ live: true })) await Promise.resolve()
    })()
    const watching = lastValueFrom(first.watch((view) => view.experiments.list()))
    await second.experiments.create('a')
    await first.close()
    await Promise.all([following, reading])
    expect((await watching).length).toBeLessThan(2)
    await second.close()
  })

  it('waits while the folder is being closed', async () => {
    const first = await open(folder, os)
    const closing = first.close()
    await using again = await open(folder, os)
    await closing
    expect((await again.log.info()).position).toBe(-1)
  })

  it('may bring events of its own', async () => {
    const notes = defineEvents('note', { added: { version: 1, data: anything } })
    await using first = await open(folder, os)
    await using second = await open(folder, { ...os, events: [notes] })
    await second.append('note:1', 'note.added', { any: 'thing' })
    expect((await first.log.info()).position).toBe(0)
  })
})

/** A schema of Standard Schema's own shape, without a library. */
const anything = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: (value: unknown) => ({ value }),
  },
} as const

describe('another process', () => {
  const program = `
    import { open } from 'varve'
    const [, , folder, ...events] = process.argv
    try {
      const varve = await open(folder, { facts: false })
      for (const name of events) await varve.experiments.create(name)
      if (events.length > 0) process.kill(process.pid, 'SIGKILL')
      console.log(JSON.stringify(await varve.experiments.list()))
      await varve.close()
    } catch ({ code, message, data }) {
      console.log(JSON.stringify({ code, message, data }))
    }`

  it('is told who holds the folder, and has it when it is free, or its holder was killed', async () => {
    await using workspace = await buildWorkspace()
    const script = join(workspace.folder, 'program.js')
    await writeFile(script, program)
    const run = async (...args: string[]) =>
      (await runNode([script, ...args], { cwd: workspace.folder })).stdout
    const varve = await open(folder, { durability: 'fsync', facts: false })
    const refused = JSON.parse(await run(folder))
    expect(refused).toMatchObject({
      code: 'LOG_LOCKED',
      data: { pid: process.pid, host: hostname() },
    })
    expect(refused.message).toContain(String(process.pid))
    await varve.close()
    expect(await run(folder, 'one', 'two')).toBe('')
    expect(JSON.parse(await run(folder))).toMatchObject([{ name: 'two' }, { name: 'one' }])
    await using again = await open(folder)
    expect((await again.experiments.list()).length).toBe(2)
    expect((await again.verify()).ok).toBe(true)
  }, 120_000)
})

describe('damage', () => {
  const change = async (at: number, byte: number): Promise<void> => {
    const db = new Level<Uint8Array, Uint8Array>(join(folder, 'log'), {
      keyEncoding: 'view',
      valueEncoding: 'view',
    })
    const range = { gte: new Uint8Array([1]), lt: new Uint8Array([2]) }
    const entries = await db.iterator(range).all()
    const [key, value] = entries[at] ?? []
    if (key === undefined || value === undefined) throw new Error('The log has no such commit.')
    const changed = value.slice()
    const place = changed.length - byte
    changed[place] = (changed[place] ?? 0) ^ 1
    await db.put(key, changed)
    await db.close()
  }

  it('to a byte that a checkpoint covers is found by verify, with its position', async () => {
    const varve = await open(folder, os)
    await fill(varve)
    await varve.close()
    await change(1, 10)
    await using again = await open(folder)
    const { ok, broken } = await again.verify()
    expect(ok).toBe(false)
    expect(broken).toMatchObject([{ position: expect.any(Number) }])
    expect(broken[0]?.position).toBeGreaterThan(0)
    expect(broken[0]?.message).toContain(`position ${broken[0]?.position}`)
  })

  it('to the newest commit refuses the opening, and leaves the folder free', async () => {
    const varve = await open(folder, os)
    await fill(varve)
    await varve.close()
    await change((await commitsOf()) - 1, 100)
    for (let attempt = 0; attempt < 2; attempt++) {
      await expect(open(folder)).rejects.toMatchObject({
        code: 'LOG_CORRUPT',
        data: { position: expect.any(Number) },
      })
    }
  })

  it('to the end of the log, where LevelDB takes it for a write cut short, refuses the opening', async () => {
    const varve = await open(folder, os)
    await fill(varve)
    await varve.close()
    const log = (await readdir(join(folder, 'log'))).find((name) => name.endsWith('.log')) ?? ''
    const path = join(folder, 'log', log)
    const bytes = await readFile(path)
    // In the second of the commits.
    await writeFile(path, bytes.subarray(0, 700))
    for (let attempt = 0; attempt < 2; attempt++) {
      await expect(open(folder)).rejects.toMatchObject({
        code: 'LOG_CORRUPT',
        data: { position: expect.any(Number) },
      })
    }
  })

  it('that takes CURRENT away refuses the opening, and leaves the rest of the log as it is', async () => {
    const varve = await open(folder, os)
    await fill(varve)
    const answers = await answersOf(varve)
    await varve.close()
    const current = await readFile(join(folder, 'log', 'CURRENT'))
    await rm(join(folder, 'log', 'CURRENT'))
    await expect(open(folder)).rejects.toMatchObject({ code: 'LOG_CORRUPT' })
    await writeFile(join(folder, 'log', 'CURRENT'), current)
    await using again = await open(folder)
    expect(await answersOf(again)).toEqual(answers)
  })

  it('to the file that says where the log ended is no reason to refuse a whole log', async () => {
    const varve = await open(folder, os)
    await fill(varve)
    await varve.close()
    const path = join(folder, 'head.json')
    const text = await readFile(path, 'utf8')
    await writeFile(path, text.replace(/"position":\d+/, '"position":99'))
    await using again = await open(folder)
    expect((await again.verify()).ok).toBe(true)
  })

  const commitsOf = async (): Promise<number> => {
    const db = new Level<Uint8Array, Uint8Array>(join(folder, 'log'), { keyEncoding: 'view' })
    const keys = await db.keys({ gte: new Uint8Array([1]), lt: new Uint8Array([2]) }).all()
    await db.close()
    return keys.length
  }

  it('to a remembered answer or a cursor is found by verify, and refuses who asks for it', async () => {
    const notes = defineEvents('note', { added: { version: 1, data: anything } })
    const options = { ...os, events: [notes] } as const
    const varve = await open(folder, options)
    const add = (store: typeof varve) =>
      store.append('note:1', 'note.added', { any: 'thing' }, { idempotencyKey: 'once' })
    const { position } = await add(varve)
    for await (const { done } of await varve.subscribe('reader')) {
      await done()
      break
    }
    await varve.close()
    const db = new Level<Uint8Array, Uint8Array>(join(folder, 'log'), {
      keyEncoding: 'view',
      valueEncoding: 'view',
    })
    // The prefixes of idempotency keys and of subscriptions.
    for (const prefix of [3, 6]) {
      const range = { gte: new Uint8Array([prefix]), lt: new Uint8Array([prefix + 1]) }
      for await (const [key, value] of db.iterator(range)) await db.put(key, value.fill(7))
    }
    await db.close()
    await using again = await open(folder, options)
    const { broken } = await again.verify()
    expect(broken).toMatchObject([{ check: 'answers', position }, { check: 'cursors' }])
    await expect(add(again)).rejects.toMatchObject({ code: 'LOG_CORRUPT', data: { key: 'once' } })
    await expect(again.subscribe('reader')).rejects.toMatchObject({ code: 'LOG_CORRUPT' })
    await again.experiments.create('writing goes on')
  })

  it('to an artifact is found by verify', async () => {
    const varve = await open(folder, os)
    await fill(varve)
    const files = await readdir(folder, { recursive: true, withFileTypes: true })
    for (const file of files) {
      const path = join(file.parentPath, file.name)
      if (!file.isFile() || path.includes(`${folder}/log`)) continue
      if ((await readFile(path, 'utf8')) === 'bytes') await writeFile(path, 'bytez')
    }
    const { ok, broken } = await varve.verify()
    expect([ok, broken.map(({ check }) => check)]).toEqual([false, ['artifacts']])
    await varve.close()
  })
})

describe('after close', () => {
  /** Waits for whatever a call gives: a promise, a feed or an observable. */
  const outcome = async (call: () => unknown): Promise<unknown> => {
    const given = await call()
    if (isObservable(given)) return await lastValueFrom(given)
    if (typeof given !== 'object' || given === null || !(Symbol.asyncIterator in given)) {
      return given
    }
    // `as`: the line above found the method.
    for await (const item of given as AsyncIterable<unknown>) return item
    return undefined
  }

  /** Arguments for the methods that would refuse to be called without. */
  const argumentsOf: Readonly<Record<string, readonly unknown[]>> = {
    'varve.watch': [() => 1],
    'varve.subscribe': ['name'],
    'varve.append': ['note:1', 'note.added', {}],
    'varve.project': [{ name: 'x', version: 1, initial: () => 0, on: {} }],
    'varve.diff': ['now', 'now'],
    'varve.why': ['models:/churn/Production'],
    'varve.events': [{ from: 'start' }],
    'view.project': [{ name: 'x' }],
    'runs.readArtifact': ['r', 'a'],
    'runs.history': ['r', 'm'],
    'runs.compare': [['r']],
    'experiments.create': ['x'],
    'experiments.find': [{ name: 'x' }],
    'experiments.rename': ['x', 'y'],
    'experiments.setTags': ['x', {}],
    'experiments.deleteTag': ['x', 'y'],
    'registry.resolve': ['models:/churn/Production'],
    'registry.createVersion': ['churn', { source: 's' }],
    'registry.version': ['churn', 1],
    'registry.current': ['churn', 'Production'],
    'registry.transition': ['churn', 1, 'Production'],
    'registry.setAlias': ['churn', 'champion', 1],
    'registry.deleteVersion': ['churn', 1],
    'registry.describeVersion': ['churn', 1, 'x'],
    'registry.deleteVersionTag': ['churn', 1, 'x'],
    'registry.setVersionTag': ['churn', 1, 'x', 'y'],
    'registry.setStages': ['churn', ['a', 'b']],
    'registry.setTag': ['churn', 'x', 'y'],
    'registry.describe': ['churn', 'x'],
    'registry.rename': ['churn', 'x'],
    'registry.deleteTag': ['churn', 'x'],
    'registry.deleteAlias': ['churn', 'x'],
    'registry.list': [],
    'registry.register': ['churn'],
    'registry.rollback': ['churn'],
    'registry.transitions': [],
    'run.logMetrics': [{ auc: 1 }],
    'run.logMetric': ['auc', 1],
    'run.logParams': [{ a: 1 }],
    'run.logBatch': [{}],
    'run.logParam': ['a', 1],
    'run.setTag': ['a', 1],
    'run.setTags': [{}],
    'run.logInput': [{ name: 'n', digest: 'd' }],
    'run.logArtifact': ['a', 'b'],
    'run.logFile': [new URL(import.meta.url).pathname],
    'run.logArtifacts': [new URL('../docs/examples', import.meta.url).pathname],
    'run.update': [{}],
    'run.end': [],
    'runs.start': [],
    'runs.search': [],
    'experiments.list': [],
  }

  const methodsOf = (name: string, object: object): [string, () => unknown][] => {
    const own = Object.entries(object).filter(([, value]) => typeof value === 'function')
    const prototype: object = Object.getPrototypeOf(object)
    const inherited =
      prototype === Object.prototype ? [] : Object.getOwnPropertyNames(prototype).slice(1)
    return [...own.map(([method]) => method), ...inherited].flatMap((method) => {
      if (['close', 'asOf'].includes(method)) return []
      const full = `${name}.${method}`
      const args = argumentsOf[full] ?? ['churn']
      return [[full, () => Reflect.get(object, method).apply(object, args)]]
    })
  }

  it('every method of every handle says LOG_CLOSED', async () => {
    const notes = defineEvents('note', { added: { version: 1, data: anything } })
    const varve = await open(folder, { ...os, events: [notes] })
    const run = await varve.runs.start({ id: 'r' })
    const past = varve.asOf(0)
    await past.runs.search()
    await past.moment()
    const later = varve.asOf('now')
    const subscription = await varve.subscribe('late')
    const other = await open(folder)
    await varve.close()
    const { runs, experiments, registry, log } = varve
    const methods = [
      ...Object.entries({ varve, runs, experiments, registry, log, run }),
      ...[past, later].flatMap((view) =>
        Object.entries({
          view,
          runs: view.runs,
          experiments: view.experiments,
          registry: view.registry,
        }),
      ),
    ].flatMap(([name, object]) => methodsOf(name, object))
    const others: string[] = []
    for (const [name, call] of methods) {
      const code = await outcome(call).then(
        () => 'an answer',
        (error: { code?: string; message: string }) => error.code ?? error.message,
      )
      if (code !== 'LOG_CLOSED') others.push(`${name}: ${code}`)
    }
    expect(others).toEqual([])
    expect(methods.length).toBeGreaterThan(90)
    expect(subscription.name).toBe('late')
    await other.close()
  })
})
