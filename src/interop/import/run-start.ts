import type { TrackingEventData } from '../../tracking/index.ts'
import type { Pairs, SourceRun } from '../mlflow/index.ts'
import { packs } from './pairs.ts'
import type { Stated } from './stated.ts'
import { field } from './statements.ts'
import type { ImportCounts } from './summary.ts'
import type { Tally } from './tally.ts'

export type TrackingData = TrackingEventData

interface StartEvent {
  readonly event: {
    [Type in keyof TrackingData & string]: readonly [Type, TrackingData[Type]]
  }[keyof TrackingData & string]
  readonly counts: Partial<ImportCounts>
}

interface Before {
  readonly stated: Stated
  readonly file: string
  readonly tally: Tally
}

/**
 * The events with which a run begins. MLflow does not say when params and tags were set: params and its own
 * tags, which come with the start, stand in `run.started`, other tags right after it.
 */
export function* startEvents(run: SourceRun, before: Before): Generator<StartEvent, void> {
  const { stated } = before
  const params = newParams(run, before)
  const tags = run.tags.filter(([key, value]) => stated.isNew(field.tag(key), value))
  if (stated.isEmpty) yield* birth(run, params, tags)
  else yield* changes(run, { params, tags, stated })
  yield* inputs(run, stated)
}

const isOwnTag = ([key]: readonly [string, string]): boolean => key.startsWith('mlflow.')

function* birth(run: SourceRun, params: Pairs, tags: Pairs): Generator<StartEvent, void> {
  const [firstParams = [], ...moreParams] = packs(params)
  const [firstTags = [], ...moreTags] = packs(tags.filter(isOwnTag))
  const parent = run.tags.find(([key]) => key === 'mlflow.parentRunId')?.[1]
  const isOpen = run.status === 'RUNNING' || run.status === 'SCHEDULED'
  const data: TrackingData['run.started'] = {
    id: run.id,
    experiment: run.experiment,
    name: run.name,
    user: run.user,
    status: isOpen ? run.status : 'RUNNING',
    startTime: run.startTime,
    ...(run.artifactLocation === null ? {} : { artifactLocation: run.artifactLocation }),
    ...(parent === undefined || parent === '' ? {} : { parent }),
    params: firstParams,
    tags: firstTags,
  }
  const counts = { runs: 1, params: firstParams.length, tags: firstTags.length }
  yield { event: ['run.started', data], counts }
  yield* paramEvents(moreParams)
  yield* tagEvents([...moreTags, ...packs(tags.filter((tag) => !isOwnTag(tag)))])
}

interface News {
  readonly params: Pairs
  readonly tags: Pairs
  readonly stated: Stated
}

/** What the source says of a run that it did not say when it was imported before. */
function* changes(run: SourceRun, { params, tags, stated }: News): Generator<StartEvent, void> {
  yield* paramEvents(packs(params))
  // The tag that holds the name sets the name, too.
  yield* tagEvents(packs(tags))
  const isNamed = run.tags.some(([key]) => key === 'mlflow.runName')
  if (!isNamed && stated.isNew(field.name, run.name)) {
    yield { event: ['run.updated', { name: run.name }], counts: {} }
  }
  const isOpen = run.status === 'RUNNING' || run.status === 'SCHEDULED'
  if (isOpen && stated.isNew(field.status, run.status)) {
    yield { event: ['run.updated', { status: run.status }], counts: {} }
  }
}

function* paramEvents(all: readonly [string, string][][]): Generator<StartEvent, void> {
  for (const params of all) {
    yield { event: ['run.params-logged', { params }], counts: { params: params.length } }
  }
}

function* tagEvents(all: readonly [string, string][][]): Generator<StartEvent, void> {
  for (const tags of all) {
    yield { event: ['run.tags-set', { tags }], counts: { tags: tags.length } }
  }
}

/** A param is written once: one that has another value by now is refused. */
const newParams = (run: SourceRun, { stated, file, tally }: Before): Pairs =>
  run.params.filter(([key, value]) => {
    const known = stated.get(field.param(key))
    if (known !== undefined && known !== value) {
      const name = JSON.stringify(key.slice(0, 100))
      tally.refuse(file, `The param ${name} has another value in the store, where it stays.`)
    }
    return known === undefined
  })

function* inputs(run: SourceRun, stated: Stated): Generator<StartEvent, void> {
  for (const dataset of run.datasets) {
    if (!stated.isNew(field.dataset(dataset), '')) continue
    const data = { datasets: [dataset], models: [] }
    yield { event: ['run.inputs-logged', data], counts: { datasets: 1 } }
  }
  const models = run.modelInputs.filter((id) => stated.isNew(field.modelInput(id), ''))
  if (models.length > 0) {
    yield { event: ['run.inputs-logged', { datasets: [], models }], counts: {} }
  }
}
