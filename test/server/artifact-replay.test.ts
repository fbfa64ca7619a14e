import { open, type Varve } from 'varve'
import { createHandler } from 'varve/server'
import { describe, expect, it } from 'vitest'
import { artifactDifferences } from './artifact-differences.ts'
import { type Golden, readGolden, requestOf } from './golden.ts'

const RUN = 'd83652f85cc049878d2948decf15fd77'
const MODEL = 'm-af0fc1b3bc5044aea3c51e2fb10b0ec8'
const REGISTERED = 'm-048ccc92124c46c2a91bdeb93210667b'

/** What was there when the recording began. */
const prepare = async (varve: Varve): Promise<void> => {
  const experimentId = '1'
  await varve.experiments.create('base')
  await varve.runs.start({ experimentId, id: RUN, name: 'art' })
  await varve.runs.start({ experimentId, id: '83091fc4effd4ebaac299e1aaa5d6a42', name: 'r0' })
  await varve.loggedModels.create({ id: MODEL, experimentId, name: 'model' })
  await varve.loggedModels.create({ id: REGISTERED, experimentId, name: 'forreg' })
  for (let version = 1; version <= 10; version += 1)
    await varve.registry.createVersion('m-424242', { source: 's3://bucket/model' })
  await varve.registry.createVersion('m-424242', { loggedModel: REGISTERED })
}

interface Answered {
  readonly status: number
  readonly type: string | undefined
  readonly disposition: string | undefined
  readonly response: unknown
}

/** MLflow names a character set where it sends a text of its own, and not where it sends a file. */
const bare = (type: string): string => type.split(';', 1)[0] ?? ''

const answeredOf = async (response: Response): Promise<Answered> => {
  const text = await response.text()
  const type = bare(response.headers.get('content-type') ?? '')
  const isFile = response.headers.has('content-disposition')
  return {
    status: response.status,
    type: text === '' && !isFile ? undefined : type,
    disposition: response.headers.get('content-disposition') ?? undefined,
    response: type === 'application/json' && text !== '' ? JSON.parse(text) : text,
  }
}

/** What was recorded of a file was parsed where it looked like JSON. */
const recordedOf = (golden: Golden & { readonly disposition?: string | undefined }): Answered => {
  const { status, type, response, disposition } = golden
  const isFile = disposition !== undefined
  return {
    status,
    type: response === '' && !isFile ? undefined : bare(type ?? ''),
    disposition,
    response: isFile && typeof response === 'object' ? JSON.stringify(response) : response,
  }
}

const replay = async () => {
  await using varve = await open({ memory: true, facts: false })
  const handler = createHandler(varve)
  await handler(new Request('http://localhost/api/2.0/mlflow/experiments/get?experiment_id=0'))
  await prepare(varve)
  const outcomes = []
  for (const golden of readGolden('artifacts.jsonl')) {
    const answered = await answeredOf(await handler(requestOf(golden, new Map())))
    outcomes.push({ golden, answered, recorded: recordedOf(golden) })
  }
  return outcomes
}

describe('what MLflow 3.17.2 answered about artifacts', async () => {
  const outcomes = await replay()
  const listed = new Map(
    artifactDifferences.flatMap(({ lines, why }) => lines.map((n) => [n, why])),
  )
  const titled = outcomes.map((outcome) => {
    const { n, method, path, query = '' } = outcome.golden
    const why = listed.get(n)
    return { ...outcome, n, title: `${n} ${why ?? `${method} ${path}?${query}`}` }
  })

  it.each(titled.filter(({ n }) => !listed.has(n)))(
    'is answered here: $title',
    ({ answered, recorded }) => {
      expect(answered).toEqual(recorded)
    },
  )

  it.each(titled.filter(({ n }) => listed.has(n)))(
    'is answered otherwise on purpose: $title',
    ({ answered, recorded }) => {
      expect(answered).not.toEqual(recorded)
      expect(answered.status === 501 || answered.status < 500).toBe(true)
    },
  )

  it('is recorded for every difference that is listed', () => {
    const known = new Set(outcomes.map(({ golden }) => golden.n))
    expect([...listed.keys()].filter((n) => !known.has(n))).toEqual([])
  })
})
