import fc from 'fast-check'
import { DomainError, ERASED, type ErasureSelector, type Varve } from '../../src/index.ts'

/** Stands in every value that may be erased. */
export const secret = 'Xq7-secret-Zw9'

/** Where a value is said: the words of the selector that erases it. */
type Place = readonly string[]

/** Says a value at a place: as it is, or as though it had never been anything but erased. */
type Say = (place: Place, value: string) => string

export type Step = (varve: Varve, say: Say) => Promise<unknown>

const run = fc.constantFrom('r0', 'r1')
const key = fc.constantFrom('a', 'b', '__proto__')
const model = fc.constantFrom('churn', '__proto__')
const version = fc.integer({ min: 1, max: 2 })
const value = fc.nat({ max: 9 }).map((number) => `${secret} ${number}`)

const onRun = (
  id: string,
  write: (handle: Awaited<ReturnType<Varve['runs']['resume']>>) => Promise<unknown>,
): ((varve: Varve) => Promise<unknown>) => {
  return async ({ runs }) => await write(await runs.resume(id))
}

const steps: readonly fc.Arbitrary<Step>[] = [
  fc.tuple(run, key, value).map(([id, name, text]): Step => {
    return (varve, say) =>
      onRun(id, (handle) => handle.setTags([[name, say(['run', id, 'tag', name], text)]]))(varve)
  }),
  fc.tuple(run, key).map(([id, name]): Step => onRun(id, (handle) => handle.deleteTag(name))),
  fc.tuple(run, fc.integer({ min: 0, max: 3 })).map(([id, step]): Step => {
    return (varve, say) => {
      const isErased = say(['run', id, 'metric', 'weight'], '') === ERASED
      const metrics = { a: step, ...(isErased ? {} : { weight: 81.25 }) }
      return onRun(id, (handle) => handle.logMetrics(metrics, { step }))(varve)
    }
  }),
  fc.tuple(run, value).map(([id, text]): Step => {
    return (varve, say) => {
      const said = say(['run', id, 'artifact', 'notes'], text)
      const content = said.startsWith(ERASED) ? ERASED : said
      return onRun(id, (handle) => handle.logArtifact('notes/today.txt', content))(varve)
    }
  }),
  fc.tuple(key, value).map(([name, text]): Step => {
    return ({ experiments }, say) =>
      experiments.setTags('churn', [[name, say(['experiment', 'churn', 'tag', name], text)]])
  }),
  fc.tuple(model, version, key, value).map(([name, number, tag, text]): Step => {
    const place = ['model', name, `version ${number}`, 'tag', tag]
    return ({ registry }, say) => registry.setVersionTag(name, number, tag, say(place, text))
  }),
  fc.tuple(model, key, value).map(([name, tag, text]): Step => {
    return ({ registry }, say) =>
      registry.setTag(name, tag, say(['model', name, 'model', 'tag', tag], text))
  }),
  fc
    .tuple(model, version, fc.constantFrom('Staging', 'Production', 'Archived'), value)
    .map(([name, number, stage, text]): Step => {
      const place = ['model', name, `version ${number}`, 'comment']
      return ({ registry }, say) =>
        registry.transition(name, number, stage, {
          comment: say(place, text),
          archiveExisting: false,
        })
    }),
]

/** What every history begins with. */
const beginning: readonly Step[] = [
  ...['r0', 'r1'].map((id): Step => {
    const params = (say: Say): [string, string][] => [
      ['a', say(['run', id, 'param', 'a'], `${secret} param`)],
      ['b', 'plain'],
    ]
    return async ({ runs }, say) => {
      const given = { id, experiment: 'churn', startTime: 1, name: id, facts: false }
      await runs.start({ ...given, params: params(say), tags: [['c', 'plain']] })
    }
  }),
  ...['churn', '__proto__'].flatMap((name) =>
    [1, 2].map((number): Step => {
      const place = ['model', name, `version ${number}`, 'description']
      return ({ registry }, say) =>
        registry.createVersion(name, {
          source: 's3://b',
          description: say(place, `${secret} words`),
        })
    }),
  ),
]

export const anyHistory: fc.Arbitrary<readonly Step[]> = fc
  .array(fc.oneof(...steps), { maxLength: 20 })
  .map((more) => [...beginning, ...more])

/** A selector, and whether it names a place. */
export interface Chosen {
  readonly selector: ErasureSelector
  readonly names: (place: Place) => boolean
}

const chosen = (selector: ErasureSelector, ...start: string[]): Chosen => ({
  selector,
  names: (place) => start.every((word, at) => place[at] === word),
})

export const anySelector: fc.Arbitrary<Chosen> = fc.oneof(
  fc.tuple(run, key).map(([id, tag]) => chosen({ run: id, tag }, 'run', id, 'tag', tag)),
  run.map((id) => chosen({ run: id, param: 'a' }, 'run', id, 'param', 'a')),
  run.map((id) => chosen({ run: id, metric: 'weight' }, 'run', id, 'metric')),
  run.map((id) => chosen({ run: id, artifact: 'notes' }, 'run', id, 'artifact')),
  key.map((tag) => chosen({ experiment: 'churn', tag }, 'experiment', 'churn', 'tag', tag)),
  fc
    .tuple(model, version, key)
    .map(([name, number, tag]) =>
      chosen({ model: name, version: number, tag }, 'model', name, `version ${number}`, 'tag', tag),
    ),
  fc
    .tuple(model, key)
    .map(([name, tag]) => chosen({ model: name, tag }, 'model', name, 'model', 'tag', tag)),
  fc
    .tuple(model, version)
    .map(([name, number]) =>
      chosen(
        { model: name, version: number, comment: true },
        'model',
        name,
        `version ${number}`,
        'comment',
      ),
    ),
  fc
    .tuple(model, version)
    .map(([name, number]) =>
      chosen(
        { model: name, version: number, description: true },
        'model',
        name,
        `version ${number}`,
        'description',
      ),
    ),
)

/** Takes the steps; that the rules refuse one is an answer, too. */
export const live = async (
  varve: Varve,
  history: readonly Step[],
  say: Say = (_, text) => text,
): Promise<void> => {
  for (const step of history) {
    try {
      await step(varve, say)
    } catch (error) {
      if (!(error instanceof DomainError)) throw error
    }
  }
}
