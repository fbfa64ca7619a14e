import * as v from 'valibot'
import { open } from 'varve'
import { createHandler } from 'varve/server'
import { describe, expect, it } from 'vitest'
import { differences } from './differences.ts'
import {
  type Golden,
  newIdIn,
  normal,
  readGolden,
  requestOf,
  shortened,
  withTheirName,
} from './golden.ts'

const withToken = v.object({ next_page_token: v.string() })

interface Answered {
  readonly status: number
  readonly type: string
  readonly response: unknown
}

const answeredOf = async (response: Response): Promise<Answered> => {
  const type = response.headers.get('content-type') ?? ''
  const text = await response.text()
  return {
    status: response.status,
    type,
    // Bare NaN is no JSON to JavaScript.
    response: type.startsWith('application/json')
      ? JSON.parse(text.replaceAll(/: ?NaN/g, ':"NaN"'))
      : text,
  }
}

/** What an exchange came to, comparable. Histories are in order; the lists of one run are sets. */
const comparable = ({ path }: Golden, { status, response }: Answered) => ({
  status,
  response: normal(response, '', path.includes('/metrics/')),
})

/** Sends everything that was recorded to a server of ours, in order. */
const replay = async (records: readonly Golden[]) => {
  let now = 1_795_428_266_025
  let id = ''
  await using varve = await open({ memory: true, facts: false, clock: () => now++ })
  const handler = createHandler(varve, { folder: '<TMP>', newId: () => id })
  const tokens = new Map<string, string>()
  const outcomes = []
  for (const golden of records) {
    id = newIdIn(golden)
    const answered = await answeredOf(await handler(requestOf(withTheirName(golden), tokens)))
    const [theirs, ours] = [
      v.safeParse(withToken, golden.response),
      v.safeParse(withToken, answered.response),
    ]
    if (theirs.success && ours.success)
      tokens.set(theirs.output.next_page_token, ours.output.next_page_token)
    const recorded = { status: golden.status, type: golden.type ?? '', response: golden.response }
    const short = { ...answered, response: shortened(golden.response, answered.response) }
    outcomes.push({
      golden,
      recorded: comparable(golden, recorded),
      answered: comparable(golden, short),
    })
  }
  return outcomes
}

const listed = new Map(differences.flatMap(({ lines, why }) => lines.map((n) => [n, why])))

describe.each([
  { sender: 'to requests of every kind', file: 'raw-http.jsonl' },
  { sender: 'to its own Python client', file: 'client-flows.jsonl' },
])('what MLflow 3.17.2 answered $sender', async ({ file }) => {
  const outcomes = await replay(readGolden(file))

  it.each(
    outcomes
      .filter(({ golden }) => !listed.has(golden.n))
      .map((outcome) => ({ ...outcome, title: `${outcome.golden.n} ${outcome.golden.path}` })),
  )('is answered here: $title', ({ answered, recorded }) => {
    expect(answered).toEqual(recorded)
  })

  it.each(
    outcomes
      .filter(({ golden }) => listed.has(golden.n))
      .map((outcome) => ({
        ...outcome,
        title: `${outcome.golden.n} ${listed.get(outcome.golden.n) ?? ''}`,
      })),
  )('is answered otherwise on purpose: $title', ({ answered, recorded }) => {
    expect(answered).not.toEqual(recorded)
    expect(answered.status).toBeLessThan(500)
  })
})

describe('a difference that is listed', () => {
  it('is one of an answer that was recorded', () => {
    const files = ['raw-http.jsonl', 'client-flows.jsonl']
    const known = new Set(files.flatMap(readGolden).map(({ n }) => n))
    expect([...listed.keys()].filter((n) => !known.has(n))).toEqual([])
  })
})
