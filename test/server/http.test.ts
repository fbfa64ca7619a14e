import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as v from 'valibot'
import { open, type Varve } from 'varve'
import { createHandler, type HandlerOptions, serve } from 'varve/server'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const created = v.object({ run: v.object({ info: v.object({ run_id: v.string() }) }) })
const refused = v.object({ error_code: v.string(), message: v.string() })

let varve: Varve

beforeEach(async () => {
  varve = await open({ memory: true, facts: false, actor: 'the store' })
})
afterEach(() => varve.close())

const post = (path: string, body: unknown, base = 'http://localhost'): Request =>
  new Request(`${base}/api/2.0/mlflow/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })

const handlerWith = (options?: HandlerOptions) => createHandler(varve, options)

const startRun = async (send: (request: Request) => Promise<Response>, base?: string) => {
  const response = await send(post('runs/create', { experiment_id: '0' }, base))
  return v.parse(created, await response.json()).run.info.run_id
}

describe('a handler', () => {
  it('makes the default experiment before it answers the first request', async () => {
    const handler = handlerWith()
    const run = await startRun(handler)
    expect(await varve.runs.get(run)).toMatchObject({ experimentId: '0', experiment: 'Default' })
    expect(await varve.experiments.list()).toHaveLength(1)
  })

  it('leaves a store alone whose default experiment has another id', async () => {
    await varve.experiments.create('Default')
    const run = await startRun(handlerWith())
    expect((await varve.runs.get(run)).experiment).toBe('Default (0)')
  })

  it('answers below its base path alone', async () => {
    const handler = handlerWith({ basePath: '/ml' })
    const at = async (path: string) =>
      (await handler(new Request(`http://localhost${path}`))).status
    expect(await at('/ml/health')).toBe(200)
    expect(await at('/health')).toBe(404)
    expect(await at('/ml/api/2.0/mlflow/experiments/get?experiment_id=0')).toBe(200)
    expect(await at('/api/2.0/mlflow/experiments/get?experiment_id=0')).toBe(404)
  })

  it('refuses options that cannot be meant', () => {
    expect(() => handlerWith({ basePath: 'ml' })).toThrow('/ml')
    expect(() => handlerWith({ bodyLimit: 0 })).toThrow('bodyLimit')
  })

  it('records as who sent a request, else as the store', async () => {
    const handler = handlerWith({
      identify: (request) => {
        const actor = request.headers.get('x-user')
        return actor === null ? {} : { actor }
      },
    })
    const run = await startRun(handler)
    const tag = post('runs/set-tag', { run_id: run, key: 'a', value: 'b' })
    tag.headers.set('x-user', 'ada')
    expect((await handler(tag)).status).toBe(200)
    const actors = new Map<string, string>()
    for await (const batch of varve.read({ from: 0 })) {
      for (const { type, actor } of batch.events) actors.set(type, actor)
    }
    expect(actors.get('run.started')).toBe('the store')
    expect(actors.get('run.tags-set')).toBe('ada')
  })

  it('shows nothing of its inside when it fails, and reports it', async () => {
    const problems: unknown[] = []
    varve.problems.subscribe(({ error }) => problems.push(error))
    const failure = new Error('secret')
    const handler = handlerWith({ identify: () => Promise.reject(failure) })
    const response = await handler(post('runs/search', {}))
    expect(response.status).toBe(500)
    expect(await response.text()).not.toContain('secret')
    expect(problems).toEqual([failure])
  })

  it('takes requests of one turn into few commits', async () => {
    const handler = handlerWith()
    const run = await startRun(handler)
    const before = (await varve.log.info()).commits
    const steps = Array.from({ length: 200 }, (_, step) => step)
    const answers = await Promise.all(
      steps.map((step) =>
        handler(
          post('runs/log-metric', { run_id: run, key: 'm', value: step, timestamp: 1, step }),
        ),
      ),
    )
    expect(answers.every(({ status }) => status === 200)).toBe(true)
    expect((await varve.log.info()).commits - before).toBeLessThan(100)
    expect((await varve.runs.get(run)).metrics['m']).toMatchObject({ count: 200, last: 199 })
  })

  it('writes all of a batch or nothing', async () => {
    const handler = handlerWith()
    const run = await startRun(handler)
    const batch = (value: string) =>
      post('runs/log-batch', {
        run_id: run,
        metrics: [{ key: 'm', value: 1, timestamp: 1 }],
        params: [{ key: 'p', value }],
        tags: [{ key: 't', value }],
      })
    expect((await handler(batch('a'))).status).toBe(200)
    const { position } = await varve.log.info()
    const answer = await handler(batch('b'))
    expect(answer.status).toBe(400)
    expect((await varve.log.info()).position).toBe(position)
  })

  it('does not log a point again that a client sent twice', async () => {
    const handler = handlerWith()
    const run = await startRun(handler)
    const point = { run_id: run, key: 'm', value: 'NaN', timestamp: 5, step: 2 }
    for (let time = 0; time < 3; time += 1) await handler(post('runs/log-metric', point))
    expect((await varve.runs.get(run)).metrics['m']?.count).toBe(1)
  })

  it('takes metrics of a run that has ended, and gives it back its end', async () => {
    const handler = handlerWith()
    const run = await startRun(handler)
    await handler(post('runs/update', { run_id: run, status: 'FINISHED', end_time: 9 }))
    expect(await varve.runs.get(run)).toMatchObject({ status: 'FINISHED', endTime: 9 })
    const late = post('runs/log-metric', { run_id: run, key: 'm', value: 1, timestamp: 1 })
    expect((await handler(late)).status).toBe(200)
    await handler(post('runs/update', { run_id: run, status: 'RUNNING' }))
    expect(await varve.runs.get(run)).toMatchObject({ status: 'RUNNING', endTime: 9 })
  })

  it('is not confused by hostile keys', async () => {
    const handler = handlerWith()
    const run = await startRun(handler)
    const raw = `{"run_id":"${run}","params":[{"key":"__proto__","value":"x"},{"key":"constructor","value":"y"}],"__proto__":{"tags":[{"key":"a","value":"b"}]}}`
    expect((await handler(post('runs/log-batch', raw))).status).toBe(200)
    const { params, tags } = await varve.runs.get(run)
    expect(Object.entries(params)).toEqual([
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ])
    expect(Object.keys(tags)).toEqual(['mlflow.runName'])
  })

  it.each([
    ['a stated length', (text: string) => new Blob([text])],
    ['no stated length', (text: string) => new Blob([text]).stream()],
  ])('refuses a body that is too large, with %s', async (_, body) => {
    const handler = handlerWith({ bodyLimit: 1000 })
    const send = async (size: number) => {
      const request = new Request('http://localhost/api/2.0/mlflow/runs/search', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: body(`{"filter": ""${' '.repeat(size)}}`),
        // @ts-expect-error Node wants it for streams; the DOM's types do not know it.
        duplex: 'half',
      })
      return await handler(request)
    }
    expect((await send(900)).status).toBe(200)
    const refusal = await send(1000)
    expect(refusal.status).toBe(413)
    expect(v.parse(refused, await refusal.json()).error_code).toBe('REQUEST_LIMIT_EXCEEDED')
  })
})

describe('a server', () => {
  let folder: string

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'varve-server-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  it('answers over HTTP, and answers what is under way before it stops', async () => {
    await using store = await open(join(folder, 'store'), { facts: false })
    const server = await serve(store, { port: 0 })
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    const run = await startRun(fetch, server.url)
    const writing = Array.from({ length: 50 }, (_, step) =>
      fetch(
        post(
          'runs/log-metric',
          { run_id: run, key: 'm', value: step, timestamp: 1, step },
          server.url,
        ),
      ),
    )
    const first = await Promise.race(writing)
    expect(first.status).toBe(200)
    const answered = await Promise.all(writing)
    const last = fetch(`${server.url}/api/2.0/mlflow/runs/get?run_id=${run}`)
    expect((await last).status).toBe(200)
    expect(answered.every(({ status }) => status === 200)).toBe(true)
    await server.close()
    await server.close()
    await expect(fetch(`${server.url}/health`)).rejects.toThrow()
    expect((await store.runs.get(run)).metrics['m']?.count).toBe(50)
  })

  it('ends a request that came before the stop, whose body comes after it', async () => {
    const server = await serve(varve, { port: 0 })
    const { port, hostname } = new URL(server.url)
    const body = JSON.stringify({ name: 'late' })
    const socket = connect(Number(port), hostname)
    const answer: string[] = []
    socket.setEncoding('utf8').on('data', (text: string) => answer.push(text))
    socket.write(
      `POST /api/2.0/mlflow/experiments/create HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nexpect: 100-continue\r\n\r\n`,
    )
    // The server says so when it has taken the request.
    await new Promise((resolve) => socket.once('data', resolve))
    const closing = server.close()
    socket.write(body)
    await closing
    expect(answer.join('')).toContain('200 OK')
    expect(await varve.experiments.find({ name: 'late' })).toBeDefined()
    socket.destroy()
  })

  it('says when its port is taken', async () => {
    await using server = await serve(varve, { port: 0 })
    const port = Number(new URL(server.url).port)
    await expect(serve(varve, { port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })
})
