import fc from 'fast-check'
import * as v from 'valibot'
import { open, type Varve } from 'varve'
import { createHandler, type Handler } from 'varve/server'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { law } from '../property.ts'

const versionShape = v.looseObject({
  name: v.string(),
  version: v.string(),
  current_stage: v.string(),
})
const oneVersion = v.object({ model_version: versionShape })
const versionsShape = v.looseObject({
  model_versions: v.optional(v.array(versionShape), []),
  next_page_token: v.optional(v.string()),
})
const modelsShape = v.object({
  registered_models: v.optional(v.array(v.looseObject({ name: v.string() })), []),
})
const loggedShape = v.looseObject({
  info: v.looseObject({ model_id: v.string(), artifact_uri: v.string(), name: v.string() }),
})
const loggedPage = v.object({
  models: v.optional(v.array(loggedShape), []),
  next_page_token: v.optional(v.string()),
})
const refused = v.looseObject({ error_code: v.string(), message: v.string() })

let varve: Varve
let handler: Handler

beforeEach(async () => {
  varve = await open({ memory: true, facts: false, actor: 'the store' })
  handler = createHandler(varve, {
    identify: (request) => {
      const actor = request.headers.get('x-user')
      return actor === null ? {} : { actor }
    },
  })
})
afterEach(() => varve.close())

interface Sent {
  readonly method?: string
  readonly user?: string
  /** What stands before `/api`. */
  readonly base?: string
}

const send = async (path: string, body: unknown, { method = 'POST', user, base = '' }: Sent = {}) =>
  await handler(
    new Request(`http://localhost${base}/api/2.0/mlflow/${path}`, {
      method,
      headers: {
        'content-type': 'application/json',
        ...(user === undefined ? {} : { 'x-user': user }),
      },
      ...(method === 'GET' ? {} : { body: JSON.stringify(body) }),
    }),
  )

/** What is answered with status 200. */
const call = async (path: string, body: unknown, how?: Sent): Promise<unknown> => {
  const response = await send(path, body, how)
  const answer: unknown = await response.json()
  expect([response.status, answer]).toEqual([200, answer])
  return answer
}

const ask = (path: string, query: Readonly<Record<string, string>> = {}, base = '') =>
  call(`${path}?${new URLSearchParams(query)}`, undefined, { method: 'GET', base })

const refusal = async (path: string, body: unknown, how?: Sent) => {
  const response = await send(path, body, how)
  return { status: response.status, ...v.parse(refused, await response.json()) }
}

const create = async (name: string, source = 's3://bucket/model', more: object = {}) =>
  v.parse(oneVersion, await call('model-versions/create', { name, source, ...more })).model_version

const move = (version: string, stage: string, how?: Sent & { readonly archive?: boolean }) =>
  call(
    'model-versions/transition-stage',
    { name: 'churn', version, stage, archive_existing_versions: how?.archive ?? true },
    how,
  )

const churn = async (versions: number): Promise<void> => {
  await call('registered-models/create', { name: 'churn' })
  for (let count = 0; count < versions; count += 1) await create('churn')
}

describe('a stage change by the API of MLflow', () => {
  it('is an event with who made it, as any other', async () => {
    await churn(2)
    await move('1', 'production', { user: 'ada' })
    await move('2', 'Production', { user: 'grace' })
    const moves = await varve.registry.history('churn')
    expect(
      moves.map(({ version, from, to, by, replaced, cause }) => [
        version,
        from,
        to,
        by,
        replaced,
        cause,
      ]),
    ).toEqual([
      [1, 'None', 'Production', 'ada', undefined, undefined],
      [2, 'None', 'Production', 'grace', 1, undefined],
      [1, 'Production', 'Archived', 'grace', undefined, 'archived'],
    ])
    expect(await varve.registry.current('churn', 'Production')).toMatchObject({
      version: 2,
      by: 'grace',
    })
  })

  it('is answered from the past below /as-of', async () => {
    await churn(2)
    await move('1', 'Production')
    const { position } = await varve.moment()
    await move('2', 'Production')
    const asked = { name: 'churn', stages: ['Production'] }
    const latest = async (base: string) =>
      v
        .parse(versionsShape, await call('registered-models/get-latest-versions', asked, { base }))
        .model_versions.map(({ version }) => version)
    expect(await latest('')).toEqual(['2'])
    expect(await latest(`/as-of/${position}`)).toEqual(['1'])
    const late = await refusal(
      'model-versions/transition-stage',
      { name: 'churn', version: '1', stage: 'Staging' },
      { base: `/as-of/${position}` },
    )
    expect(late).toMatchObject({ status: 403, error_code: 'PERMISSION_DENIED' })
  })

  it('goes to stages of its own, too', async () => {
    await varve.registry.register('churn', { stages: ['Draft', 'Live', 'Retired'] })
    await create('churn')
    await create('churn')
    await move('1', 'live')
    await move('2', 'LIVE')
    const found = v.parse(versionsShape, await ask('model-versions/search'))
    expect(
      found.model_versions.map(({ version, current_stage }) => [version, current_stage]),
    ).toEqual([
      ['2', 'Live'],
      ['1', 'Retired'],
    ])
    expect(
      await refusal('model-versions/transition-stage', {
        name: 'churn',
        version: '1',
        stage: 'Production',
      }),
    ).toMatchObject({
      status: 400,
      message:
        'Invalid Model Version stage: Production. Value must be one of Draft, Live, Retired.',
    })
  })

  it('writes nothing where the version stands there already', async () => {
    await churn(1)
    await move('1', 'Staging')
    const { position } = await varve.moment()
    await move('1', 'Staging', { archive: false })
    expect((await varve.moment()).position).toBe(position)
  })
})

describe('versions', () => {
  it('get numbers of their own, however many are made at once', async () => {
    await churn(0)
    const made = await Promise.all(Array.from({ length: 50 }, () => create('churn')))
    const numbers = made.map(({ version }) => Number(version)).sort((a, b) => a - b)
    expect(numbers).toEqual(Array.from({ length: 50 }, (_, index) => index + 1))
  })

  it('are paged as of the moment of the first page', async () => {
    await churn(5)
    const query = { max_results: '2', order_by: 'version_number ASC' }
    const first = v.parse(versionsShape, await ask('model-versions/search', query))
    await call('model-versions/delete', { name: 'churn', version: '1' }, { method: 'DELETE' })
    const token = { page_token: first.next_page_token ?? '' }
    const second = v.parse(
      versionsShape,
      await ask('model-versions/search', { ...query, ...token }),
    )
    expect(second.model_versions.map(({ version }) => version)).toEqual(['3', '4'])
  })

  it('that varve made are versions to MLflow', async () => {
    const run = await varve.runs.start()
    await run.end()
    await varve.registry.createVersion('churn', { run: run.id })
    const { model_version: version } = v.parse(
      oneVersion,
      await ask('model-versions/get', { name: 'churn', version: '1' }),
    )
    expect(version).toMatchObject({ source: `runs:/${run.id}`, run_id: run.id, status: 'READY' })
    expect(await ask('model-versions/get-download-uri', { name: 'churn', version: '1' })).toEqual({
      artifact_uri: `runs:/${run.id}`,
    })
  })

  it('may be copies of others, by number, stage and alias', async () => {
    await churn(1)
    await move('1', 'Production')
    await call('registered-models/alias', { name: 'churn', alias: 'champion', version: '1' })
    await call('registered-models/create', { name: 'copy' })
    for (const reference of ['churn/1', 'churn/production', 'churn@champion', 'churn/latest']) {
      const { version } = await create('copy', `models:/${reference}`)
      expect(await ask('model-versions/get-download-uri', { name: 'copy', version })).toEqual({
        artifact_uri: 's3://bucket/model',
      })
    }
    const missing = { name: 'copy', source: 'models:/churn/9' }
    expect(await refusal('model-versions/create', missing)).toMatchObject({
      status: 404,
      message: 'Model Version (name=churn, version=9) not found',
    })
    expect(
      await refusal('model-versions/create', { name: 'copy', source: 'models:/churn' }),
    ).toMatchObject({
      status: 400,
    })
  })

  it('of a logged model lie where that lies, and tell it so', async () => {
    await churn(0)
    const logged = await varve.loggedModels.create({ name: 'net' })
    const source = `models:/${logged.id}`
    const { version } = await create('churn', source, { model_id: logged.id })
    const { model } = v.parse(
      v.object({ model: loggedShape }),
      await ask(`logged-models/${logged.id}`),
    )
    expect(await ask('model-versions/get-download-uri', { name: 'churn', version })).toEqual({
      artifact_uri: model.info.artifact_uri,
    })
    expect(model.info).toMatchObject({
      tags: [{ key: 'mlflow.modelVersions', value: '[{"name": "churn", "version": 1}]' }],
    })
  })

  it('come from files of their run alone, where clients keep files themselves', async () => {
    handler = createHandler(varve, { artifactRoot: 'file:///srv/art' })
    await churn(0)
    const runShape = v.object({
      run: v.object({ info: v.object({ run_id: v.string(), artifact_uri: v.string() }) }),
    })
    const { run } = v.parse(runShape, await call('runs/create', { experiment_id: '0' }))
    const { run_id: id, artifact_uri: uri } = run.info
    expect(uri).toBe(`file:///srv/art/0/${id}/artifacts`)
    expect(await create('churn', `${uri}/model`, { run_id: id })).toMatchObject({ version: '1' })
    for (const source of [`${uri}/../../model`, '/etc/passwd', `${uri}/model%252f..%252f..`])
      expect(
        await refusal('model-versions/create', { name: 'churn', source, run_id: id }),
      ).toMatchObject({ status: 400, error_code: 'INVALID_PARAMETER_VALUE' })
  })

  it('keep tags under any key that MLflow takes', async () => {
    await churn(1)
    const key = { name: 'churn', version: '1' }
    await call('model-versions/set-tag', { ...key, key: '__proto__', value: 'x' })
    await call('registered-models/set-tag', { name: 'churn', key: 'constructor', value: 'y' })
    expect(await ask('model-versions/get', key)).toMatchObject({
      model_version: { tags: [{ key: '__proto__', value: 'x' }] },
    })
    expect(await ask('registered-models/get', { name: 'churn' })).toMatchObject({
      registered_model: { tags: [{ key: 'constructor', value: 'y' }] },
    })
  })
})

describe('prompts', () => {
  it('are found where they are asked for, and only there', async () => {
    await churn(1)
    const tag = { key: 'mlflow.prompt.is_prompt', value: 'true' }
    await call('registered-models/create', { name: 'greeting', tags: [tag] })
    await create('greeting', 'dummy-source', { tags: [tag] })
    const names = async (filter: string) =>
      v
        .parse(modelsShape, await ask('registered-models/search', { filter }))
        .registered_models.map(({ name }) => name)
    expect(await names('')).toEqual(['churn'])
    expect(await names("name LIKE '%'")).toEqual(['churn'])
    expect(await names("tags.`mlflow.prompt.is_prompt` = 'true'")).toEqual(['greeting'])
    expect(await names("tags.`mlflow.prompt.is_prompt` != 'true'")).toEqual(['churn'])
    const versions = v.parse(versionsShape, await ask('model-versions/search'))
    expect(versions.model_versions.map(({ name }) => name)).toEqual(['churn'])
  })
})

describe('logged models', () => {
  const log = async (name: string, experiment = '0') =>
    v.parse(
      v.object({ model: loggedShape }),
      await call('logged-models', { experiment_id: experiment, name }),
    ).model.info

  it('are found by the ids of experiments, not by their names', async () => {
    const { model_id: id } = await log('a')
    const named = await varve.experiments.create('0')
    const search = async (ids: readonly string[]) =>
      v
        .parse(loggedPage, await call('logged-models/search', { experiment_ids: ids }))
        .models.map(({ info }) => info.model_id)
    expect(await search(['0', 'no such'])).toEqual([id])
    expect(await search([named.id])).toEqual([])
  })

  it('are paged as of the moment of the first page', async () => {
    for (const name of ['a', 'b', 'c', 'd']) await log(name)
    const asked = { experiment_ids: ['0'], max_results: 2, order_by: [{ field_name: 'name' }] }
    const first = v.parse(loggedPage, await call('logged-models/search', asked))
    const [a] = first.models
    await call(`logged-models/${a?.info.model_id}`, {}, { method: 'DELETE' })
    const token = { page_token: first.next_page_token }
    const second = v.parse(loggedPage, await call('logged-models/search', { ...asked, ...token }))
    expect(second.models.map(({ info }) => info.name)).toEqual(['c', 'd'])
    expect(second.next_page_token).toBeUndefined()
  })

  it('are recorded as made by who sent the request', async () => {
    const body = { experiment_id: '0', name: 'a' }
    await call('logged-models', body, { user: 'ada' })
    const actors: string[] = []
    for await (const { events } of varve.read({ from: 0, types: ['logged-model.created'] }))
      actors.push(...events.map(({ actor }) => actor))
    expect(actors).toEqual(['ada'])
  })
})

describe('a search', () => {
  const word = fc.constantFrom(
    ...['name', 'run_id', 'version_number', 'status', 'metrics.a', 'params.`a b`', 'tags.t'],
    ...['tags.mlflow.prompt.is_prompt', 'attribute.name', 'attributes.model_id', 'alias', '"x"'],
    ...['=', '!=', '<>', '>', 'LIKE', 'ilike', 'IN', 'NOT IN', 'IS', 'NULL', 'AND', 'OR', ';'],
    ...[
      "'a'",
      "'it''s'",
      '"it\'s"',
      '`',
      "'",
      '(',
      ')',
      "('a', 'b',)",
      '()',
      '1',
      '-1.5e3',
      '1e999',
    ],
  )
  const text = fc.oneof(
    fc.array(word, { maxLength: 9 }).map((words) => words.join(' ')),
    fc.string({ unit: 'binary', maxLength: 20 }),
  )

  it('is answered or refused, whatever its filter and its order are', async () => {
    await churn(1)
    const log = { experiment_id: '0', name: 'a', tags: [{ key: 't', value: 'a' }] }
    await call('logged-models', log)
    await fc.assert(
      fc.asyncProperty(text, text, async (filter, order) => {
        const query = new URLSearchParams({ filter, order_by: order })
        const body = { experiment_ids: ['0'], filter, order_by: [{ field_name: order }] }
        const answers = await Promise.all([
          send(`registered-models/search?${query}`, undefined, { method: 'GET' }),
          send(`model-versions/search?${query}`, undefined, { method: 'GET' }),
          send('logged-models/search', body),
        ])
        for (const { status } of answers) expect([200, 400]).toContain(status)
      }),
      law(),
    )
  })
})
