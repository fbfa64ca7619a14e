import fc from 'fast-check'
import { open, type Varve } from 'varve'
import { createHandler } from 'varve/server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { law } from '../property.ts'

const HOST = 'http://localhost'
const PROXY = `${HOST}/api/2.0/mlflow-artifacts/artifacts`

let varve: Varve
let run: string
let send: (method: string, url: string, body?: string) => Promise<Response>

beforeAll(async () => {
  varve = await open({ memory: true, facts: false })
  const handler = createHandler(varve)
  send = async (method, url, body) =>
    await handler(new Request(url, { method, ...(body === undefined ? {} : { body }) }))
  // The first request makes the default experiment.
  await send('GET', PROXY)
  run = (await varve.runs.start({ experiment: 'churn' })).id
  await varve.loggedModels.create({ id: 'm-1', experiment: 'churn' })
  await varve.registry.createVersion('churn', { source: `runs:/${run}` })
})
afterAll(() => varve.close())

/** Every way in which a path reaches the server. */
const ways = (path: string): readonly (readonly [method: string, url: string])[] => {
  const query = encodeURIComponent(path)
  const segments = path.split('/').map(encodeURIComponent).join('%2F')
  return [
    ['GET', `${PROXY}/x%2F${segments}`],
    ['PUT', `${PROXY}/x%2F${segments}`],
    ['DELETE', `${PROXY}/x%2F${segments}`],
    ['GET', `${PROXY}?path=${query}`],
    ['GET', `${HOST}/api/2.0/mlflow/artifacts/list?run_id=${run}&path=${query}`],
    ['GET', `${HOST}/get-artifact?run_id=${run}&path=${query}`],
    ['GET', `${HOST}//get-artifact?run_id=${run}&path=${query}`],
    ['GET', `${HOST}/model-versions/get-artifact?name=churn&version=1&path=${query}`],
    ['GET', `${HOST}//model-versions/get-artifact?name=churn&version=1&path=${query}`],
    ['POST', `${HOST}/ajax-api/2.0/mlflow/upload-artifact?run_uuid=${run}&path=${query}`],
    [
      'GET',
      `${HOST}/api/2.0/mlflow/logged-models/m-1/artifacts/directories?artifact_directory_path=${query}`,
    ],
    [
      'GET',
      `${HOST}/ajax-api/2.0/mlflow/logged-models/m-1/artifacts/files?artifact_file_path=${query}`,
    ],
  ]
}

describe('a path that leaves its folder', () => {
  it.each([
    '../x',
    'a/../../x',
    'a/..',
    '..',
    '..%2fx',
    '%2e%2e/x',
    '%252e%252e/x',
    '%25252e%25252e%2fx',
    'a#b',
    'a%23b',
    'a\\..\\x',
  ])('is refused wherever it is given: %s', async (path) => {
    const { position } = await varve.log.info()
    for (const [method, url] of ways(path)) {
      const response = await send(method, url, method === 'GET' ? undefined : 'x')
      const shown = `${method} ${url}`
      expect([shown, response.status, await response.json()]).toMatchObject([
        shown,
        400,
        { error_code: 'INVALID_PARAMETER_VALUE', message: 'Invalid path' },
      ])
    }
    expect((await varve.log.info()).position).toBe(position)
  })

  it.each(['/etc/passwd', 'C:\\x', 'C:/x', '\\\\server\\share', 'file:///etc', 'file:dir'])(
    'is refused in every query: %s',
    async (path) => {
      for (const [method, url] of ways(path).filter(([, each]) => each.includes('='))) {
        const response = await send(method, url, method === 'GET' ? undefined : 'x')
        expect([url, response.status]).toEqual([url, 400])
      }
    },
  )
})

/** Names as people and hostile programs give them. */
const name = fc.oneof(
  fc.constantFrom(
    '__proto__',
    'constructor',
    '.hidden',
    '...',
    'a b',
    'a+b',
    '%',
    '%41',
    '~',
    '\u0007',
    '🙂',
    'ü',
    'שלום',
  ),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }),
)

describe('a name that is taken', () => {
  it('is listed and read as it was given, and no other file changes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(name, { minLength: 1, maxLength: 3 }),
        fc.nat(),
        async (parts, content) => {
          const path = parts.join('/')
          const base = `${PROXY}/1/${run}/artifacts`
          const url = `${base}/${parts.map(encodeURIComponent).join('/')}`
          const before = new Map(
            (await varve.runs.artifacts(run)).map((file) => [file.path, file.digest]),
          )
          const stored = await send('PUT', url, String(content))
          const after = await varve.runs.artifacts(run)
          const changed = after.filter((file) => before.get(file.path) !== file.digest)
          if (stored.status !== 200) {
            expect([stored.status < 500, changed]).toEqual([true, []])
            return
          }
          expect(changed.length).toBeLessThanOrEqual(1)
          const read = await send('GET', url)
          expect([path, read.status, await read.text()]).toEqual([path, 200, String(content)])
          // What it is listed as is what it can be asked for by.
          for (const { path: listed } of after) {
            const again = await send(
              'GET',
              `${base}/${listed.split('/').map(encodeURIComponent).join('/')}`,
            )
            expect([listed, again.status]).toEqual([listed, 200])
          }
          await send('DELETE', base)
        },
      ),
      law(2),
    )
  })
})
