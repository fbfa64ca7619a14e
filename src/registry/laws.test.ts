import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Reader } from '../kernel/engine.ts'
import { codeOf } from '../kernel/errors.ts'
import type { RecordedEvent } from '../kernel/events/event.ts'
import { feedOf } from '../kernel/streams/feed.ts'
import { loadedFrom, savedParts } from '../testing/saved-parts.ts'
import { registryProjection } from './checkpoint.ts'
import { registryDecider } from './decide.ts'
import * as models from './decide-model.ts'
import * as versions from './decide-version.ts'
import type { NewRegistryEvent } from './events.ts'
import { isRegistryEvent } from './model.fold.ts'
import { type RegistryView, registryAsOf } from './reader.ts'
import {
  foldTables,
  initialRegistry,
  type RegistryState,
  type RegistryTables,
  registryHandlers,
} from './registry.fold.ts'

const { PROPERTY_RUNS: runs, PROPERTY_SEED: seed } = process.env
const options = {
  numRuns: Number(runs ?? 25),
  ...(seed === undefined ? {} : { seed: Number(seed) }),
}

type Command = (tables: RegistryTables) => readonly NewRegistryEvent[]

const names = ['a', '__proto__', 'a#2']
const aliases = ['champion', 'constructor', 'ü']
const stages = ['None', 'Staging', 'Production', 'Archived', 'Live']
/** Few names and mostly one stage, so that commands meet. */
const name = fc.oneof(
  { weight: 6, arbitrary: fc.constant('a') },
  { weight: 2, arbitrary: fc.constantFrom(...names) },
)
const version = fc.integer({ min: 1, max: 4 })
const stage = fc.oneof(
  { weight: 6, arbitrary: fc.constant('Production') },
  { weight: 4, arbitrary: fc.constantFrom(...stages) },
)
const alias = fc.constantFrom(...aliases)
const comment = fc.constantFrom('why', '')
const tag = { key: fc.constantFrom('k', '__proto__'), value: fc.constantFrom('x', 'y') }

const command = <Input>(
  input: Record<string, fc.Arbitrary<unknown>>,
  decide: (tables: RegistryTables, input: Input) => readonly NewRegistryEvent[],
): fc.Arbitrary<Command> =>
  fc
    .record(input, { requiredKeys: Object.keys(input).filter((key) => !optional.has(key)) })
    // `as`: the arbitraries beside each decision are of what it takes.
    .map((given) => (tables) => decide(tables, given as Input))

const optional = new Set(['archiveExisting', 'comment'])

const own = fc.constantFrom(
  ['None', 'Live', 'Archived'],
  ['None', 'Live'],
  ['Staging', 'None', 'Live'],
)

const anyCommand = fc.oneof(
  { weight: 2, arbitrary: command({ model: name }, models.registerModel) },
  {
    weight: 8,
    arbitrary: command({ model: name, source: fc.constant('s3://x') }, versions.createVersion),
  },
  {
    weight: 20,
    arbitrary: command(
      {
        model: name,
        version,
        stage,
        comment,
        archiveExisting: fc.boolean(),
      },
      versions.transitionVersion,
    ),
  },
  {
    weight: 6,
    arbitrary: command({ model: name, stage, to: version, comment }, versions.rollBack),
  },
  { weight: 12, arbitrary: command({ model: name, stage }, versions.rollBack) },
  {
    weight: 4,
    arbitrary: command(
      { model: name, version, stage, expect: fc.option(version) },
      versions.transitionVersion,
    ),
  },
  { weight: 4, arbitrary: command({ model: name, alias, version }, models.setAlias) },
  { weight: 2, arbitrary: command({ model: name, alias }, models.deleteAlias) },
  { weight: 2, arbitrary: command({ model: name, name }, models.renameModel) },
  { weight: 1, arbitrary: command({ model: name, description: comment }, models.describeModel) },
  { weight: 1, arbitrary: command({ model: name, ...tag }, models.setModelTag) },
  { weight: 1, arbitrary: command({ model: name, key: tag.key }, models.deleteModelTag) },
  { weight: 1, arbitrary: command({ model: name, stages: own }, models.setStages) },
  { weight: 1, arbitrary: command({ model: name }, models.deleteModel) },
  { weight: 1, arbitrary: command({ model: name, version, ...tag }, versions.setVersionTag) },
  {
    weight: 1,
    arbitrary: command({ model: name, version, key: tag.key }, versions.deleteVersionTag),
  },
  {
    weight: 1,
    arbitrary: command({ model: name, version, description: comment }, versions.describeVersion),
  },
  { weight: 2, arbitrary: command({ model: name, version }, versions.deleteVersion) },
)

const record = (event: NewRegistryEvent, position: number): RecordedEvent => ({
  ...event,
  position,
  revision: 0,
  schema: 1,
  recordedAt: 1000 + 7 * position,
  actor: position % 2 === 0 ? 'ana' : 'bo',
})

const decided = (decide: () => readonly NewRegistryEvent[]): readonly NewRegistryEvent[] => {
  try {
    return decide()
  } catch (error) {
    if (codeOf(error) === undefined) throw error
    return []
  }
}

/** Every command in a commit of its own. */
const historyOf = (given: readonly Command[]): RecordedEvent[] => {
  const tables = initialRegistry()
  const events: RecordedEvent[] = []
  for (const decide of given) {
    for (const proposed of decided(() => decide(tables))) {
      const event = record(proposed, events.length)
      events.push(event)
      if (isRegistryEvent(event)) foldTables(tables, event)
    }
  }
  return events
}

/** As many commands in a commit as are given. */
const batchedHistoryOf = (given: readonly Command[], size: number): RecordedEvent[] => {
  const state = initialRegistry()
  const decider = registryDecider(() => state)
  const events: RecordedEvent[] = []
  for (let first = 0; first < given.length; first += size) {
    const pending = decider.open()
    const commit: RecordedEvent[] = []
    for (const decide of given.slice(first, first + size)) {
      for (const proposed of decided(() => decide(pending))) {
        const event = record(proposed, events.length + commit.length)
        commit.push(event)
        decider.evolve(pending, event)
      }
    }
    for (const event of commit) foldInto(state, event)
    events.push(...commit)
  }
  return events
}

/** A model with three versions. */
const start = Array.from(
  { length: 3 },
  (): Command => (tables) => versions.createVersion(tables, { model: 'a', source: 's3://x' }),
)
const commands = fc.array(anyCommand, { minLength: 1, maxLength: 80, size: 'max' })
const history = commands.map((given) => historyOf([...start, ...given]))

const folded = (events: readonly RecordedEvent[]): RegistryState => {
  const state = initialRegistry()
  for (const event of events) foldInto(state, event)
  return state
}

const foldInto = (state: RegistryState, event: RecordedEvent): void => {
  // `as`: a handler stands under the type whose data it takes, as the engine relies on too.
  if (isRegistryEvent(event)) registryHandlers[event.type](state, event as never)
}

const readerOf = (events: readonly RecordedEvent[]): Reader => ({
  stream: async (stream, upTo = Number.POSITIVE_INFINITY) =>
    events.filter((event) => event.stream === stream && event.position <= upTo),
  events: () =>
    feedOf(async function* () {
      yield* events
    }),
  moment: async () => ({ position: events.length - 1, recordedAt: 0 }),
})

const settledTo = async (answer: Promise<unknown>): Promise<unknown> => {
  try {
    return await answer
  } catch (error) {
    return { code: codeOf(error), message: String(error) }
  }
}

/** Every question there is, about every name there may be. */
const answersOf = async (view: RegistryView): Promise<Record<string, unknown>> => {
  const asked: [string, Promise<unknown>][] = [
    ['list', view.list()],
    ['list all', view.list({ lifecycle: 'all' })],
    ['list deleted a', view.list({ prefix: 'a', lifecycle: 'deleted' })],
  ]
  for (const model of names) {
    asked.push([`get ${model}`, view.get(model)])
    asked.push([`versions ${model}`, view.versions(model)])
    asked.push([`history ${model}`, view.history(model)])
    for (const at of [...stages, ...aliases, '@Live', 'production']) {
      asked.push([`current ${model} ${at}`, view.current(model, at)])
    }
    for (const which of ['/latest', '/Production', '/live', '/1', '/3', '@champion', '@ü']) {
      const uri = `models:/${encodeURIComponent(model)}${which}`
      asked.push([uri, view.resolve(uri)])
    }
    for (const number of [1, 2, 3]) {
      asked.push([`version ${model} ${number}`, view.version(model, number)])
    }
  }
  const answers: Record<string, unknown> = {}
  for (const [question, answer] of asked) answers[question] = await settledTo(answer)
  return answers
}

const live = Number.POSITIVE_INFINITY

const viewOf = (events: readonly RecordedEvent[], state: RegistryState, position = live) =>
  registryAsOf({ reader: readerOf(events), state: () => state, position })

describe('The registry', () => {
  it('answers every question as of every position as one that never saw what came later', async () => {
    await fc.assert(
      fc.asyncProperty(history, async (events) => {
        const state = folded(events)
        for (let position = -1; position < events.length; position++) {
          const past = events.slice(0, position + 1)
          const asOf = await answersOf(viewOf(events, state, position))
          expect(asOf).toEqual(await answersOf(viewOf(past, folded(past))))
        }
      }),
      options,
    )
  })

  it('answers after each event as one that was never asked before', async () => {
    await fc.assert(
      fc.asyncProperty(history, async (events) => {
        const state = initialRegistry()
        for (const [position, event] of events.entries()) {
          foldInto(state, event)
          const past = events.slice(0, position + 1)
          const answers = await answersOf(viewOf(past, state))
          expect(answers).toEqual(await answersOf(viewOf(past, folded(past))))
        }
      }),
      options,
    )
  })

  it('is the same after it was saved and loaded, whenever that was', async () => {
    await fc.assert(
      fc.asyncProperty(history, fc.nat(), async (events, cut) => {
        const at = cut % (events.length + 1)
        const saved = savedParts(registryProjection, folded(events.slice(0, at)))
        const state = loadedFrom(registryProjection, JSON.parse(JSON.stringify(saved)))
        for (const event of events.slice(at)) foldInto(state, event)
        const whole = folded(events)
        expect(savedParts(registryProjection, state)).toEqual(savedParts(registryProjection, whole))
        for (const position of [at - 1, at, live]) {
          const answers = await answersOf(viewOf(events, state, position))
          expect(answers).toEqual(await answersOf(viewOf(events, whole, position)))
        }
      }),
      options,
    )
  })

  it('decides the same in one commit as in many', () => {
    fc.assert(
      fc.property(commands, fc.nat({ max: 7 }), (given, size) => {
        expect(batchedHistoryOf(given, size + 1)).toEqual(historyOf(given))
      }),
      options,
    )
  })

  it('calls current the version that entered a stage last among those that stand there', async () => {
    await fc.assert(
      fc.asyncProperty(history, async (events) => {
        const view = viewOf(events, folded(events))
        for (const model of await view.list()) {
          const expected = standingBy(events, model.stream)
          for (const asked of stages) {
            if (!model.stages.includes(asked)) continue
            const current = await view.current(model.name, asked)
            expect(current?.version).toBe(newest(expected, asked))
          }
        }
      }),
      options,
    )
  })

  it('never goes back to the same place twice: rollbacks come to an end', () => {
    fc.assert(
      fc.property(history, name, stage, (events, model, asked) => {
        const tables = folded(events)
        const back: Command = (given) => versions.rollBack(given, { model, stage: asked })
        let turns = 0
        for (let next = decided(() => back(tables)); next.length > 0; turns++) {
          for (const event of next) foldInto(tables, record(event, events.length + turns))
          next = decided(() => back(tables))
          expect(turns).toBeLessThan(events.length)
        }
      }),
      options,
    )
  })
})

interface Standing {
  readonly stage: string
  readonly position: number
}

/** Where each version stands, by the events alone. */
const standingBy = (
  events: readonly RecordedEvent[],
  stream: string,
): ReadonlyMap<number, Standing> => {
  const standing = new Map<number, Standing>()
  let first = ''
  for (const event of events.filter((found) => found.stream === stream).filter(isRegistryEvent)) {
    const { position, type, data } = event
    if (type === 'model.registered' || type === 'model.stages-set') first = data.stages[0] ?? first
    if (type === 'version.created') standing.set(data.version, { stage: first, position })
    if (type === 'version.transitioned') standing.set(data.version, { stage: data.to, position })
    if (type === 'version.deleted') standing.delete(data.version)
  }
  return standing
}

const newest = (standing: ReadonlyMap<number, Standing>, asked: string): number | undefined =>
  [...standing]
    .filter(([, at]) => at.stage === asked)
    .sort(([, a], [, b]) => b.position - a.position)[0]?.[0]
