import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { open, type Varve } from 'varve'
import { createHandler, type HandlerOptions, serve } from 'varve/server'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const ROOT = 'http://localhost/api/2.0/mlflow-artifacts/artifacts'

let folder: string
let varve: Varve

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'varve-artifacts-'))
  varve = await open(join(folder, 'store'), { facts: false, actor: 'the store', durability: 'os' })
})
afterEach(async () => {
  await varve.close()
  await rm(folder, { recursive: true, force: true })
})

const serving = (options?: HandlerOptions) => {
  const handler = createHandler(varve, options)
  const send = async (method: string, url: string, init: RequestInit = {}) =>
    await handler(new Request(url, { method, ...init }))
  return {
    send,
    put: async (path: string, body: string | Uint8Array<ArrayBuffer> = 'x') =>
      (await send('PUT', `${ROOT}/${path}`, { body })).status,
    get: (path: string, headers: Record<string, string> = {}) =>
      send('GET', `${ROOT}/${path}`, { headers }),
    list: async (path: string) =>
      await (await send('GET', `${ROOT}?path=${encodeURIComponent(path)}`)).json(),
    json: async (url: string) => await (await send('GET', url)).json(),
  }
}

const startRun = async (): Promise<string> => {
  const run = await varve.runs.start({ experiment: 'churn' })
  return `${run.experimentId}/${run.id}/artifacts`
}

const runIn = (path: string): string => path.split('/')[1] ?? ''

const digestOf = (content: string | Uint8Array): string =>
  `sha256:${createHash('sha256').update(content).digest('hex')}`

const typesIn = async (): Promise<string[]> => {
  const types: string[] = []
  for await (const { events } of varve.read({ from: 0 }))
    types.push(...events.map(({ type }) => type))
  return types
}

describe('a file that a client uploads', () => {
  it('is an artifact of the run that its path names, recorded by digest, as who sent it', async () => {
    const { put } = serving({ identify: () => ({ actor: 'ada' }) })
    const at = await startRun()
    expect(await put(`${at}/reports/a.txt`, 'one')).toBe(200)
    expect(await varve.runs.artifacts(runIn(at))).toEqual([
      { path: 'reports/a.txt', digest: digestOf('one'), size: 3 },
    ])
    const actors: string[] = []
    for await (const { events } of varve.read({ from: 0 })) {
      for (const { type, actor } of events) if (type === 'run.artifact-logged') actors.push(actor)
    }
    expect(actors).toEqual(['ada'])
  })

  it('is an artifact of the run also where its experiment has a place of its own', async () => {
    const { put, list } = serving()
    await varve.experiments.create('own', { artifactLocation: 'mlflow-artifacts:/teams/blue' })
    const run = await varve.runs.start({ experiment: 'own' })
    expect(await put(`teams/blue/${run.id}/artifacts/a.txt`)).toBe(200)
    expect(await varve.runs.artifacts(run.id)).toHaveLength(1)
    expect(await list('teams')).toEqual({ files: [{ path: 'blue', is_dir: true }] })
  })

  it('is kept in the log where its path is no run’s: of logged models, of nobody', async () => {
    const { put, get, list } = serving()
    for (const path of [
      '1/models/m-1/artifacts/MLmodel',
      'notes/a.txt',
      'b.txt',
      '1/nobody/artifacts/c',
    ])
      expect(await put(path, path)).toBe(200)
    expect(await (await get('1/models/m-1/artifacts/MLmodel')).text()).toContain('m-1')
    expect(await list('')).toEqual({
      files: [
        { path: '1', is_dir: true },
        { path: 'b.txt', is_dir: false, file_size: 5 },
        { path: 'notes', is_dir: true },
      ],
    })
    expect((await typesIn()).filter((type) => type === 'artifact.stored')).toHaveLength(4)
    expect(await varve.verify()).toMatchObject({ ok: true, artifacts: 4 })
  })

  it('is there after the store was closed and opened again, checkpoint or not', async () => {
    const at = await startRun()
    const { put } = serving()
    await put(`${at}/a.txt`, 'one')
    await put('notes/b.txt', 'two')
    await varve.close()
    varve = await open(join(folder, 'store'), { facts: false })
    const { get } = serving()
    expect(await (await get(`${at}/a.txt`)).text()).toBe('one')
    expect(await (await get('notes/b.txt')).text()).toBe('two')
  })

  it('is found by verify when its bytes have changed, and comes with a backup', async () => {
    const { put } = serving()
    await put('notes/a.txt', 'one')
    await varve.backup(join(folder, 'backup'))
    const copy = await open(join(folder, 'backup'), { facts: false })
    expect(await copy.verify()).toMatchObject({ ok: true, artifacts: 1 })
    await copy.close()
    const hex = digestOf('one').slice('sha256:'.length)
    const blob = join(folder, 'store', 'blobs', 'sha256', hex.slice(0, 2), hex.slice(2))
    await rm(blob)
    await writeFile(blob, 'two')
    expect(await varve.verify()).toMatchObject({ ok: false, artifacts: 1 })
  })

  it('gives its digest to versions of registered models that are made from it', async () => {
    const { put } = serving()
    const at = await startRun()
    await put(`${at}/model/MLmodel`, 'flavors: {}')
    const location = 'mlflow-artifacts:/1/models/m-1/artifacts'
    await varve.loggedModels.create({ id: 'm-1', experiment: 'churn', artifactLocation: location })
    await put('1/models/m-1/artifacts/MLmodel', 'flavors: {}')
    const digests = []
    for (const details of [
      { run: runIn(at), path: 'model' },
      { source: `runs:/${runIn(at)}/model` },
      { source: `mlflow-artifacts:/${at}/model` },
      { loggedModel: 'm-1' },
    ]) {
      digests.push((await varve.registry.createVersion('churn', details)).digest)
    }
    expect(digests[0]).toMatch(/^sha256:/)
    expect(new Set(digests).size).toBe(1)
    const elsewhere = { source: `mlflow-artifacts://other.example/${at}/model` }
    expect((await varve.registry.createVersion('churn', elsewhere)).digest).toBeUndefined()
  })
})

describe('the past of artifacts', () => {
  it('shows files as they were: replaced, deleted, not there yet', async () => {
    const { put, send, get, list } = serving()
    const at = await startRun()
    const position = async () => (await varve.log.info()).position
    const before = await position()
    await put(`${at}/a.txt`, 'one')
    await put('notes/a.txt', 'one')
    const first = await position()
    await put(`${at}/a.txt`, 'two')
    await put('notes/a.txt', 'two')
    for (const path of [at, 'notes']) await send('DELETE', `${ROOT}/${path}`)
    for (const path of [`${at}/a.txt`, 'notes/a.txt']) {
      expect((await get(path)).status).toBe(404)
      const then = async (moment: number) =>
        await send('GET', `${ROOT}/${path}`.replace('/api/', `/as-of/${moment}/api/`))
      expect((await then(before)).status).toBe(404)
      expect(await (await then(first)).text()).toBe('one')
      expect(await (await then(first + 2)).text()).toBe('two')
    }
    expect(await list('')).toEqual({})
    const past = `${ROOT}`.replace('/api/', `/as-of/${first}/api/`)
    const found = await (await send('GET', past)).json()
    expect(found).toEqual({
      files: [
        { path: at.split('/')[0], is_dir: true },
        { path: 'notes', is_dir: true },
      ],
    })
  })

  it('takes no uploads and no deletions, and reads nothing of what is sent', async () => {
    const { put, send, get } = serving()
    await put('notes/a.txt', 'one')
    const past = `${ROOT}/notes/a.txt`.replace('/api/', '/as-of/0/api/')
    expect((await send('PUT', past, { body: 'two' })).status).toBe(403)
    expect((await send('DELETE', past)).status).toBe(403)
    expect(await (await get('notes/a.txt')).text()).toBe('one')
  })

  it('keeps the bytes of what is deleted; a deletion is an event, and one of nothing is none', async () => {
    const { put, send } = serving()
    const at = await startRun()
    await put(`${at}/dir/a.txt`, 'one')
    await put(`${at}/directory.txt`, 'two')
    for (let time = 0; time < 2; time += 1)
      expect((await send('DELETE', `${ROOT}/${at}/dir`)).status).toBe(200)
    expect((await typesIn()).filter((type) => type === 'run.artifact-deleted')).toHaveLength(1)
    expect((await varve.runs.artifacts(runIn(at))).map(({ path }) => path)).toEqual([
      'directory.txt',
    ])
    const hex = digestOf('one').slice('sha256:'.length)
    const shard = join(folder, 'store', 'blobs', 'sha256', hex.slice(0, 2))
    expect(await readdir(shard)).toEqual([hex.slice(2)])
  })

  it('deletes runs and folders below a folder in one commit', async () => {
    const { put, send, list } = serving()
    const [one, other] = [await startRun(), await startRun()]
    const above = one.split('/')[0] ?? ''
    for (const path of [`${one}/a`, `${other}/b`, `${above}/models/m-1/artifacts/c`, `${above}/d`])
      await put(path)
    const { commits } = await varve.log.info()
    expect((await send('DELETE', `${ROOT}/${above}`)).status).toBe(200)
    expect((await varve.log.info()).commits).toBe(commits + 1)
    expect(await list('')).toEqual({})
  })
})

describe('a download', () => {
  it.each([
    ['bytes=0-0', 206, '0', 'bytes 0-0/10'],
    ['bytes=2-4', 206, '234', 'bytes 2-4/10'],
    ['bytes=7-', 206, '789', 'bytes 7-9/10'],
    ['bytes=-3', 206, '789', 'bytes 7-9/10'],
    ['bytes=-99', 206, '0123456789', 'bytes 0-9/10'],
    ['bytes=8-99', 206, '89', 'bytes 8-9/10'],
    ['bytes=10-', 416, '', 'bytes */10'],
    ['bytes=-0', 416, '', 'bytes */10'],
    ['bytes=4-2', 200, '0123456789', null],
    ['bytes=0-1,3-4', 200, '0123456789', null],
    ['lines=0-1', 200, '0123456789', null],
  ] as const)('gives the range %s', async (...[range, status, text, contentRange]) => {
    const { put, get } = serving()
    await put('a.bin', '0123456789')
    const response = await get('a.bin', { range })
    expect(response.status).toBe(status)
    expect(await response.text()).toBe(text)
    expect(response.headers.get('content-range')).toBe(contentRange)
  })

  it('is known by its digest: not sent again, and its parts are of the same file', async () => {
    const { put, get } = serving()
    await put('a.bin', '0123456789')
    const etag = (await get('a.bin')).headers.get('etag') ?? ''
    expect(etag).toBe(`"${digestOf('0123456789')}"`)
    expect((await get('a.bin', { 'if-none-match': etag })).status).toBe(304)
    expect((await get('a.bin', { 'if-none-match': '"other"' })).status).toBe(200)
    expect((await get('a.bin', { range: 'bytes=0-1', 'if-range': etag })).status).toBe(206)
    await put('a.bin', 'another one')
    expect((await get('a.bin', { range: 'bytes=0-1', 'if-range': etag })).status).toBe(200)
  })

  it('of a page cannot script whoever shows it', async () => {
    const { put, get } = serving()
    await put('page.html', '<script>alert(1)</script>')
    const { headers } = await get('page.html')
    expect(headers.get('content-disposition')).toMatch(/^attachment;/)
    expect(headers.get('content-security-policy')).toBe('sandbox')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
  })

  it('of bytes that are gone says so before it begins, and not to the client', async () => {
    const { put, get } = serving()
    const problems: unknown[] = []
    varve.problems.subscribe(({ error }) => problems.push(error))
    await put('a.bin', 'one')
    await rm(join(folder, 'store', 'blobs', 'sha256'), { recursive: true })
    const response = await get('a.bin')
    expect(response.status).toBe(500)
    expect(await response.text()).not.toContain(folder)
    expect(problems).toMatchObject([{ code: 'ARTIFACT_READ_FAILED' }])
  })

  it('by the name and version of a model reaches files of runs, of logged models and of other versions', async () => {
    const { put, send } = serving()
    const at = await startRun()
    await put(`${at}/model/MLmodel`, 'of the run')
    const location = 'mlflow-artifacts:/1/models/m-1/artifacts'
    await varve.loggedModels.create({ id: 'm-1', experiment: 'churn', artifactLocation: location })
    await put('1/models/m-1/artifacts/MLmodel', 'of the model')
    const make = async (source: string) => await varve.registry.createVersion('churn', { source })
    await make(`runs:/${runIn(at)}/model`)
    await make(`mlflow-artifacts:/${at}/model`)
    await make('models:/m-1')
    await make('models:/churn/2')
    await make('models:/churn/5')
    const read = async (version: number) =>
      await send(
        'GET',
        `http://localhost/model-versions/get-artifact?name=churn&version=${version}&path=MLmodel`,
      )
    for (const version of [1, 2, 4]) expect(await (await read(version)).text()).toBe('of the run')
    expect(await (await read(3)).text()).toBe('of the model')
    expect((await read(5)).status).toBe(400)
    expect((await read(6)).status).toBe(404)
  })
})

describe('an upload that cannot be', () => {
  const nothingLeft = async () => {
    const tmp = await readdir(join(folder, 'store', 'blobs', 'tmp')).catch(() => [])
    const blobs = await readdir(join(folder, 'store', 'blobs', 'sha256')).catch(() => [])
    return [...tmp, ...blobs]
  }

  it.each([
    ['a stated length', (size: number) => new Uint8Array(size)],
    ['no stated length', (size: number) => new Blob([new Uint8Array(size)]).stream()],
  ])('because it is too large leaves nothing behind, with %s', async (_, body) => {
    const { send } = serving({ artifactLimit: 1000 })
    const put = async (size: number) =>
      // Node wants `duplex` for streams; the DOM's types do not know it.
      await send('PUT', `${ROOT}/a.bin`, { body: body(size), duplex: 'half' } as RequestInit)
    expect((await put(1001)).status).toBe(413)
    expect(await nothingLeft()).toEqual([])
    expect((await put(1000)).status).toBe(200)
  })

  it('because its bytes are not those that were stated leaves nothing behind', async () => {
    const { send } = serving()
    const put = async (stated: string) => {
      const digest = createHash('sha256').update(stated).digest('base64')
      const headers = { 'content-digest': `sha-256=:${digest}:` }
      return await send('PUT', `${ROOT}/a.bin`, { body: 'content', headers })
    }
    const refused = await put('another')
    expect(refused.status).toBe(400)
    expect(await refused.text()).toContain('changed on its way')
    expect(await nothingLeft()).toEqual([])
    expect((await put('content')).status).toBe(200)
  })

  it('because the disk refuses is told as such', async () => {
    await rm(join(folder, 'store', 'blobs'), { recursive: true, force: true })
    await writeFile(join(folder, 'store', 'blobs'), 'no folder')
    const { send } = serving()
    const refused = await send('PUT', `${ROOT}/a.bin`, { body: 'content' })
    expect(refused.status).toBe(503)
    expect(await refused.json()).toMatchObject({ error_code: 'TEMPORARILY_UNAVAILABLE' })
    expect((await typesIn()).filter((type) => type === 'artifact.stored')).toEqual([])
  })

  it('because its run is deleted is refused', async () => {
    const at = await startRun()
    await varve.runs.delete(runIn(at))
    const { send } = serving()
    const refused = await send('PUT', `${ROOT}/${at}/a.bin`, { body: 'content' })
    expect(refused.status).toBe(400)
    expect(await refused.text()).toContain("must be in the 'active' state")
  })

  it('because the client went away leaves nothing behind', async () => {
    await using server = await serve(varve, { port: 0 })
    const { hostname, port } = new URL(server.url)
    const path = '/api/2.0/mlflow-artifacts/artifacts/a.bin'
    const upload = httpRequest({ hostname, port, path, method: 'PUT' })
    upload.on('error', () => undefined)
    upload.write(new Uint8Array(300_000))
    await expect.poll(nothingLeft, { timeout: 30_000 }).not.toEqual([])
    upload.destroy()
    await expect.poll(nothingLeft, { timeout: 30_000 }).toEqual([])
    expect((await typesIn()).filter((type) => type === 'artifact.stored')).toEqual([])
  })
})

describe('plain files of what is uploaded', () => {
  it('lie at the paths of their URLs, change and go with them, and are recorded all the same', async () => {
    const destination = join(folder, 'plain')
    const { put, send, get } = serving({ artifactsDestination: destination })
    const at = await startRun()
    await put(`${at}/reports/a b.txt`, 'one')
    expect(await readFile(join(destination, at, 'reports', 'a b.txt'), 'utf8')).toBe('one')
    await put(`${at}/reports/a b.txt`, 'two')
    expect(await readdir(join(destination, at, 'reports'))).toEqual(['a b.txt'])
    expect(await readFile(join(destination, at, 'reports', 'a b.txt'), 'utf8')).toBe('two')
    expect(await varve.runs.artifacts(runIn(at))).toHaveLength(1)
    // What others do to them changes nothing of what is recorded.
    await writeFile(join(destination, at, 'reports', 'a b.txt'), 'three')
    expect(await (await get(`${at}/reports/a%20b.txt`)).text()).toBe('two')
    await send('DELETE', `${ROOT}/${at}/reports`)
    expect(await readdir(join(destination, at))).toEqual([])
  })

  it('never lie where a link leads out of the folder', async () => {
    const destination = join(folder, 'plain')
    const outside = join(folder, 'outside')
    for (const made of [destination, outside]) await mkdir(made)
    await symlink(outside, join(destination, 'link'))
    const { put } = serving({ artifactsDestination: destination })
    expect(await put('link/a.txt')).toBe(503)
    expect(await readdir(outside)).toEqual([])
  })
})
