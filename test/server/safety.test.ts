import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as v from 'valibot'
import { open, type Varve } from 'varve'
import { createHandler, type HandlerOptions, serve, type Tokens, tokensOf } from 'varve/server'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const created = v.object({ run: v.object({ info: v.object({ run_id: v.string() }) }) })
const refused = v.object({ error_code: v.string(), message: v.string() })

let folder: string
let varve: Varve
let tokens: Tokens

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'varve-safety-'))
  varve = await open({ memory: true, facts: false, actor: 'the store' })
  tokens = tokensOf(folder)
})
afterEach(async () => {
  await varve.close()
  await rm(folder, { recursive: true, force: true })
})

interface Sent {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

const sent = (path: string, { method = 'POST', headers = {}, body = {} }: Sent = {}): Request =>
  new Request(`http://localhost${path}`, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    ...(method === 'GET' || method === 'OPTIONS' ? {} : { body: JSON.stringify(body) }),
  })

const startRun = '/api/2.0/mlflow/runs/create'
const searchRuns = '/api/2.0/mlflow/runs/search'
const aRun = { body: { experiment_id: '0' } }

const handlerWith = (options?: HandlerOptions) => createHandler(varve, options)

const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` })
const basic = (user: string, secret: string) => ({
  authorization: `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`,
})

describe('a handler with tokens', () => {
  const handle = () => handlerWith({ authenticate: tokens.authenticate })

  it('answers nobody who does not say who they are, but for what says that it is there', async () => {
    const handler = handle()
    for (const headers of [{}, bearer('varve_guess'), { authorization: 'Negotiate x' }]) {
      const answer = await handler(sent(searchRuns, { headers }))
      expect(answer.status).toBe(401)
      expect(answer.headers.get('www-authenticate')).toContain('Basic')
      expect(v.parse(refused, await answer.json()).error_code).toBe('UNAUTHENTICATED')
    }
    for (const path of ['/health', '/version', '/livez', '/readyz'])
      expect((await handler(sent(path, { method: 'GET' }))).status).toBe(200)
    expect((await handler(sent('/metrics', { method: 'GET' }))).status).toBe(401)
  })

  it('records as whom the token is of, by either way to send it', async () => {
    const handler = handle()
    const { secret } = await tokens.create({ actor: 'ada', scopes: ['write'] })
    for (const headers of [bearer(secret), basic('ada', secret)])
      expect((await handler(sent(startRun, { headers, ...aRun }))).status).toBe(200)
    const actors: string[] = []
    for await (const { events } of varve.read({ from: 0 }))
      for (const { type, actor } of events) if (type === 'run.started') actors.push(actor)
    expect(actors).toEqual(['ada', 'ada'])
  })

  it('takes no token for somebody else, and none that was changed', async () => {
    const handler = handle()
    const { secret } = await tokens.create({ actor: 'ada', scopes: ['admin'] })
    const other = secret.endsWith('A') ? 'B' : 'A'
    for (const headers of [basic('bob', secret), bearer(`${secret.slice(0, -1)}${other}`)])
      expect((await handler(sent(searchRuns, { headers }))).status).toBe(401)
  })

  it('takes a token until it is revoked or has expired, at once', async () => {
    const handler = handle()
    const kept = await tokens.create({ actor: 'ada', scopes: ['read'] })
    const past = { actor: 'bob', scopes: ['read'], expiresAt: Date.now() - 1 } as const
    const expired = await tokens.create(past)
    const statusOf = async (secret: string) =>
      (await handler(sent(searchRuns, { headers: bearer(secret) }))).status
    expect(await statusOf(expired.secret)).toBe(401)
    expect(await statusOf(kept.secret)).toBe(200)
    expect(await tokens.revoke(kept.id)).toBe(true)
    expect(await statusOf(kept.secret)).toBe(401)
    expect(await tokens.revoke(kept.id)).toBe(false)
  })

  it('lets a token do what its scopes say', async () => {
    const handler = handle()
    const { secret } = await tokens.create({ actor: 'ada', scopes: ['read'] })
    const headers = bearer(secret)
    expect((await handler(sent(searchRuns, { headers }))).status).toBe(200)
    const answer = await handler(sent(startRun, { headers, ...aRun }))
    expect(answer.status).toBe(403)
    const { error_code, message } = v.parse(refused, await answer.json())
    expect(error_code).toBe('PERMISSION_DENIED')
    expect(message).toBe('The token of ada may read, not write. Use one with that scope.')
    expect((await varve.runs.search()).rows).toEqual([])
  })
})

describe('tokens', () => {
  it('are listed without their secrets, which no file holds', async () => {
    const { secret, ...made } = await tokens.create({ actor: 'ada', scopes: ['read', 'approve'] })
    expect(await tokens.list()).toEqual([made])
    expect(await tokensOf(join(folder, 'elsewhere')).list()).toEqual([])
    expect(secret).toMatch(/^varve_[0-9a-f]{12}_[\w-]{43}$/)
  })

  it('are files that nobody else may read, where files have such modes', async () => {
    await tokens.create({ actor: 'ada', scopes: ['read'] })
    const [name = ''] = await readdir(join(folder, 'tokens'))
    const { mode } = await stat(join(folder, 'tokens', name))
    expect(mode & 0o777).toBe(process.platform === 'win32' ? 0o666 : 0o600)
  })

  it('are made for actors that Basic authentication can name', async () => {
    await expect(tokens.create({ actor: 'a:b', scopes: ['read'] })).rejects.toThrow('colon')
    await expect(tokens.create({ actor: 'ada', scopes: [] })).rejects.toMatchObject({
      code: 'INVALID_VALUE',
    })
    expect(await tokens.revoke('../../log')).toBe(false)
  })
})

describe('a read-only handler', () => {
  it('answers questions and takes nothing', async () => {
    const handler = handlerWith({ readOnly: true })
    expect((await handler(sent(searchRuns))).status).toBe(200)
    const answer = await handler(sent(startRun, aRun))
    expect(answer.status).toBe(403)
    expect(v.parse(refused, await answer.json()).message).toContain('read-only')
    expect((await varve.log.info()).events).toBe(0)
  })
})

describe('a page of another origin', () => {
  const from = (origin: string) => ({ headers: { origin, host: 'localhost' } })

  it('may not write, and a page of the server itself may', async () => {
    const handler = handlerWith()
    for (const origin of ['http://evil.example', 'null', 'http://localhost.evil.example'])
      expect((await handler(sent(startRun, { ...from(origin), ...aRun }))).status).toBe(403)
    expect((await handler(sent(startRun, { ...from('http://localhost'), ...aRun }))).status).toBe(
      200,
    )
    expect((await varve.runs.search()).rows).toHaveLength(1)
  })

  it('may do everything where its origin is allowed, which browsers are told', async () => {
    const handler = handlerWith({ corsAllowedOrigins: ['https://*.example.org'] })
    const origin = 'https://ui.example.org'
    const headers = { ...from(origin).headers, 'access-control-request-method': 'POST' }
    const asked = await handler(sent(startRun, { method: 'OPTIONS', headers }))
    expect(asked.status).toBe(204)
    expect(asked.headers.get('access-control-allow-origin')).toBe(origin)
    const answer = await handler(sent(startRun, { ...from(origin), ...aRun }))
    expect(answer.status).toBe(200)
    expect(answer.headers.get('access-control-allow-origin')).toBe(origin)
  })
})

/** Sends a request over a socket, with any Host header. */
const statusFor = (url: string, host: string): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const path = '/api/2.0/mlflow/experiments/get?experiment_id=0'
    request(`${url}${path}`, { headers: { host } }, (answer) => {
      answer.resume()
      resolve(answer.statusCode)
    })
      .on('error', reject)
      .end()
  })

describe('a server', () => {
  it('answers to addresses and to localhost, and to other names only if it is told', async () => {
    await using plain = await serve(varve, { port: 0 })
    for (const host of ['localhost', 'localhost:5000', '127.0.0.1:80', '[::1]:80', '10.0.0.7'])
      expect([host, await statusFor(plain.url, host)]).toEqual([host, 200])
    for (const host of ['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example'])
      expect([host, await statusFor(plain.url, host)]).toEqual([host, 403])
    await using told = await serve(varve, { port: 0, allowedHosts: ['*.example.org'] })
    expect(await statusFor(told.url, 'ml.example.org:443')).toBe(200)
    expect(await statusFor(told.url, 'example.org')).toBe(403)
  })

  it('tells of each answer, with the id that the request bore or was given', async () => {
    const seen: unknown[] = []
    const handler = handlerWith({ onAnswer: ({ milliseconds: _, ...rest }) => seen.push(rest) })
    const bearing = sent('/health?a=1', { method: 'GET', headers: { 'x-request-id': 'abc' } })
    expect((await handler(bearing)).headers.get('x-request-id')).toBe('abc')
    const given = (await handler(sent('/nowhere'))).headers.get('x-request-id')
    expect(given).toMatch(/^[\w-]{20,}$/)
    expect(seen).toEqual([
      { id: 'abc', method: 'GET', path: '/health?a=1', status: 200 },
      { id: given, method: 'POST', path: '/nowhere', status: 404 },
    ])
  })

  it('counts its answers for Prometheus', async () => {
    const handler = handlerWith()
    await handler(sent(startRun, aRun))
    await handler(sent('/nowhere', { method: 'GET' }))
    const text = await (await handler(sent('/metrics', { method: 'GET' }))).text()
    expect(text).toContain('varve_http_requests_total{method="POST",status="200"} 1\n')
    expect(text).toContain('varve_http_requests_total{method="GET",status="404"} 1\n')
    expect(text).toContain('varve_http_request_seconds_count 2\n')
    expect(text).toContain('varve_http_requests_in_progress 1\n')
    expect(text).toContain(`varve_log_events_total ${(await varve.log.info()).events}\n`)
    for (const line of text.trim().split('\n'))
      expect(line).toMatch(/^(?:# (?:HELP|TYPE) \w+ .+|\w+(?:\{[^}]*\})? [\d.e+-]+)$/)
  })

  it('says that it lives and is ready', async () => {
    const handler = handlerWith()
    expect(await (await handler(sent('/livez', { method: 'GET' }))).json()).toEqual({
      status: 'ok',
    })
    const ready = await handler(sent('/readyz', { method: 'GET' }))
    expect([ready.status, await ready.json()]).toMatchObject([200, { status: 'ok' }])
  })
})

describe('below /as-of/<moment>', () => {
  const logged = async (handler: ReturnType<typeof createHandler>, value: number) => {
    const answer = await handler(sent(startRun, aRun))
    const run = v.parse(created, await answer.json()).run.info.run_id
    const point = { run_id: run, key: 'auc', value, timestamp: 1, step: 0 }
    await handler(sent('/api/2.0/mlflow/runs/log-metric', { body: point }))
    return run
  }
  const body = { experiment_ids: ['0'] }

  it('every question is answered as it was then', async () => {
    const handler = handlerWith()
    await logged(handler, 0.5)
    const { position } = await varve.moment()
    const then = await (await handler(sent(searchRuns, { body }))).json()
    await logged(handler, 0.9)
    const now = await (await handler(sent(searchRuns, { body }))).json()
    const past = await handler(sent(`/as-of/${position}${searchRuns}`, { body }))
    expect([past.status, await past.json()]).toEqual([200, then])
    expect(now).not.toEqual(then)
    for (const path of ['/health', '/version'])
      expect((await handler(sent(`/as-of/now-1d${path}`, { method: 'GET' }))).status).toBe(200)
  })

  it('a run that came later is not there', async () => {
    const handler = handlerWith()
    await handler(sent(searchRuns))
    const { position } = await varve.moment()
    const run = await logged(handler, 0.5)
    const at = `/as-of/${position}/api/2.0/mlflow/runs/get?run_id=${run}`
    const answer = await handler(sent(at, { method: 'GET' }))
    expect([answer.status, await answer.json()]).toMatchObject([
      404,
      { error_code: 'RESOURCE_DOES_NOT_EXIST' },
    ])
  })

  it('nothing can be written', async () => {
    const handler = handlerWith()
    await handler(sent(searchRuns))
    const before = (await varve.log.info()).events
    const answer = await handler(sent(`/as-of/2026-11-14${startRun}`, aRun))
    expect(answer.status).toBe(403)
    const { error_code, message } = v.parse(refused, await answer.json())
    expect(error_code).toBe('PERMISSION_DENIED')
    expect(message).toContain('as of 2026-11-14. Take /as-of/2026-11-14 out of the tracking URI')
    expect((await varve.log.info()).events).toBe(before)
  })

  it('a moment that means nothing is refused', async () => {
    const answer = await handlerWith()(sent(`/as-of/tomorrowish${searchRuns}`, { body }))
    expect(answer.status).toBe(400)
    expect(v.parse(refused, await answer.json()).message).toContain('tomorrowish')
  })

  it('is found below a base path, too', async () => {
    const handler = handlerWith({ basePath: '/ml' })
    expect((await handler(sent(`/ml/as-of/now${searchRuns}`, { body }))).status).toBe(200)
    expect((await handler(sent(`/ml/as-of/now${startRun}`, aRun))).status).toBe(403)
  })
})
