import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import * as v from 'valibot'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Bin, buildBin } from './bin.ts'

const created = v.object({ run: v.object({ info: v.object({ run_id: v.string() }) }) })
const logLine = v.object({
  level: v.number(),
  req: v.object({ method: v.string(), url: v.string(), id: v.string() }),
  res: v.object({ statusCode: v.number() }),
})

let bin: Bin

beforeAll(async () => {
  bin = await buildBin()
}, 240_000)
afterAll(() => bin[Symbol.asyncDispose]())

const startRun = (url: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> =>
  fetch(`${url}/api/2.0/mlflow/runs/create`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ experiment_id: '0' }),
  })

const search = (url: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> =>
  fetch(`${url}/api/2.0/mlflow/runs/search`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ experiment_ids: ['0'] }),
  })

const onUnix = process.platform !== 'win32'

describe('varve serve', { timeout: 240_000 }, () => {
  it.runIf(onUnix)(
    'serves until it is told to stop, and leaves a store that can be read',
    async () => {
      const folder = await bin.folder()
      for (const signal of ['SIGTERM', 'SIGINT'] as const) {
        const server = await bin.serve(folder)
        const answer = await startRun(server.url)
        expect(answer.status).toBe(200)
        const { run } = v.parse(created, await answer.json())
        expect(await server.stop(signal)).toBe(onUnix ? 0 : null)
        const shown = await bin.varve(folder, 'runs', 'show', run.info.run_id, '--json')
        expect(shown.code).toBe(0)
      }
      expect((await bin.varve(folder, 'log', 'verify')).code).toBe(0)
    },
  )

  it('logs requests as lines of JSON where nobody looks at a terminal, and no probes', async () => {
    const server = await bin.serve(await bin.folder())
    await fetch(`${server.url}/readyz`)
    await fetch(`${server.url}/nowhere?a=1`, { headers: { 'x-request-id': 'mine' } })
    await server.stop()
    const requests = server.log.map((line) => v.safeParse(logLine, JSON.parse(line)))
    expect(requests.flatMap(({ success, output }) => (success ? [output] : []))).toEqual([
      {
        level: 40,
        req: { id: 'mine', method: 'GET', url: '/nowhere?a=1' },
        res: { statusCode: 404 },
      },
    ])
  })

  it('says who holds the port, and the store', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => taken.once('listening', resolve))
    // `as`: a server that listens at a port has an address.
    const { port } = taken.address() as AddressInfo
    const folder = await bin.folder()
    const refused = await bin.varve(folder, 'serve', '--port', `${port}`)
    expect(refused).toMatchObject({ code: 5, stdout: '' })
    expect(refused.stderr).toContain(`Another process listens at port ${port} of 127.0.0.1.`)
    await new Promise((resolve) => taken.close(resolve))
    const server = await bin.serve(folder)
    const second = await bin.varve(folder, 'serve', '--port', '0')
    expect(second).toMatchObject({ code: 5, stdout: '' })
    expect(second.stderr).toMatch(/^varve: .*process \d+/)
    await server.stop()
  })

  it('refuses an address that others reach while nobody has a token', async () => {
    const folder = await bin.folder()
    await bin.varve(folder, 'init')
    const refused = await bin.varve(folder, 'serve', '--host', '0.0.0.0', '--port', '0')
    expect(refused).toMatchObject({ code: 4, stdout: '' })
    expect(refused.stderr).toContain('next: varve tokens create')
    const insecure = await bin.serve(folder, '--host', '0.0.0.0', '--insecure')
    const { port } = new URL(insecure.url)
    expect((await search(`http://127.0.0.1:${port}`)).status).toBe(200)
    await insecure.stop()
  })

  it('takes tokens that are made and revoked while it runs', async () => {
    const folder = await bin.folder()
    await bin.varve(folder, 'init')
    const make = async (...words: readonly string[]) =>
      (await bin.varve(folder, 'tokens', 'create', ...words)).stdout.trim()
    const writes = await make('--actor', 'ada')
    const server = await bin.serve(folder, '--host', '0.0.0.0')
    const url = `http://127.0.0.1:${new URL(server.url).port}`
    const reads = await make('--actor', 'bob', '--scope', 'read', '--expires-in', '1d')
    const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
    expect((await search(url)).status).toBe(401)
    expect((await startRun(url, bearer(writes))).status).toBe(200)
    expect((await search(url, bearer(reads))).status).toBe(200)
    expect((await startRun(url, bearer(reads))).status).toBe(403)
    const ids = (await bin.varve(folder, 'tokens', 'ls', '-q')).stdout.trim().split('\n')
    expect(ids).toHaveLength(2)
    for (const id of ids) expect((await bin.varve(folder, 'tokens', 'revoke', id)).code).toBe(0)
    expect((await search(url, bearer(writes))).status).toBe(401)
    await server.stop()
    const { stdout } = await bin.varve(folder, 'log', 'tail', '--type', 'run.started', '--json')
    expect(JSON.parse(stdout)).toMatchObject({ type: 'run.started', actor: 'ada' })
    expect((await bin.varve(folder, 'tokens', 'revoke', ids[0] ?? '')).code).toBe(3)
  })

  it('answers questions alone with --read-only, below a prefix with --static-prefix', async () => {
    const folder = await bin.folder()
    expect((await bin.varve(folder, 'serve', '--read-only')).code).toBe(3)
    await bin.varve(folder, 'init')
    const server = await bin.serve(folder, '--read-only', '--static-prefix', '/ml')
    expect(server.url).toMatch(/\/ml$/)
    expect((await startRun(server.url)).status).toBe(403)
    expect((await fetch(`${server.url}/health`)).status).toBe(200)
    await server.stop()
    expect(JSON.parse((await bin.varve(folder, 'log', 'stats', '--json')).stdout)).toMatchObject({
      schema: 1,
      log: { events: 0 },
    })
  })

  it('keeps uploaded artifacts as plain files where it is told to', async () => {
    const folder = await bin.folder()
    const files = join(folder, 'files')
    const server = await bin.serve(folder, '--artifacts-destination', files)
    const path = '/api/2.0/mlflow-artifacts/artifacts/notes/a.txt'
    const answer = await fetch(`${server.url}${path}`, { method: 'PUT', body: 'said' })
    expect(answer.status).toBe(200)
    expect(await readFile(join(files, 'notes/a.txt'), 'utf8')).toBe('said')
    await server.stop()
  })

  it("says what to do instead of mlflow server's flags that it has no use for", async () => {
    const folder = await bin.folder()
    const said = async (...words: readonly string[]) => {
      const { code, stderr } = await bin.varve(folder, 'serve', ...words)
      expect(code).toBe(2)
      return stderr
    }
    expect(await said('--backend-store-uri', 'sqlite:///mlflow.db')).toContain(
      'varve import mlflow mlflow.db',
    )
    const remote = await said('--backend-store-uri', 'postgresql://me:secret@db/mlflow')
    expect(remote).toContain('postgresql://db/mlflow')
    expect(remote).not.toContain('secret')
    expect(await said('--no-serve-artifacts')).toContain('--default-artifact-root')
    const flags = ['-w', '4', '-h', '127.0.0.1', '--serve-artifacts']
    const server = await bin.serve(folder, ...flags)
    expect((await fetch(`${server.url}/version`)).status).toBe(200)
    await server.stop()
    expect(server.log[0]).toBe('--workers is of no effect: one process serves everybody.')
  })
})
