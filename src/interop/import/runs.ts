import type { NewTrackingEvent } from '../../tracking/events.ts'
import { runStream } from '../../tracking/events.ts'
import type { MetricColumns } from '../../tracking/index.ts'
import type { SourceRun } from '../mlflow/index.ts'
import { type RunArtifact, storeArtifacts } from './artifacts.ts'
import { type ImportContext, unknownActor } from './context.ts'
import { type Draft, ranks, timeOr } from './draft.ts'
import type { PlannedExperiment } from './experiments.ts'
import { fitting } from './pairs.ts'
import { groups, newPoints } from './points.ts'
import { startEvents, type TrackingData } from './run-start.ts'
import { readStated, type Stated } from './stated.ts'
import { endOf, field } from './statements.ts'
import type { LaterLane } from './timeline.ts'

/** The runs of a source as lanes, to be opened when they start. */
export async function* runLanes(
  context: ImportContext,
  runs: AsyncIterable<SourceRun>,
  experiments: ReadonlyMap<string, PlannedExperiment>,
): AsyncGenerator<LaterLane, void> {
  const seen = new Set<string>()
  for await (const run of runs) {
    context.tally.reads({ runs: 1, params: run.params.length, tags: run.tags.length })
    const experiment = experiments.get(run.experiment)
    const file = `${run.experiment}/${run.id}`
    if (experiment === undefined) {
      context.tally.refuse(file, `There is no experiment ${run.experiment}; the run is left out.`)
    } else if (seen.has(run.id)) {
      const message = `A run with the id ${run.id} was read before; this one is left out.`
      context.tally.refuse(file, message)
    } else {
      const drafts = () => runDrafts(context, { run, experiment, file })
      yield {
        opensAt: run.startTime ?? Number.NEGATIVE_INFINITY,
        open: () => ({ key: runStream(run.id), drafts: drafts() }),
      }
    }
    seen.add(run.id)
  }
}

/** One run on its way into the store. */
interface Place {
  readonly run: SourceRun
  readonly experiment: PlannedExperiment
  readonly file: string
}

/** What belongs to every event of one run. */
interface Making {
  readonly stream: string
  readonly actor: string
  readonly file: string
}

type DraftParts = Pick<Draft, 'due' | 'rank' | 'stated'> &
  Partial<Pick<Draft, 'counts' | 'isBirth'>>

/** A draft of an event of a run. */
const draftOf = <Type extends keyof TrackingData & string>(
  { stream, actor, file }: Making,
  { counts = {}, ...parts }: DraftParts,
  [type, data]: readonly [Type, TrackingData[Type]],
): Draft => {
  // `as`: the tuple's type binds type and data together, which the union forgets.
  const event = { type, stream, actor, data } as unknown as NewTrackingEvent
  return { ...parts, counts, file, entity: stream, build: () => event }
}

async function* runDrafts(context: ImportContext, place: Place): AsyncGenerator<Draft, void> {
  const { run, experiment, file } = place
  const stream = runStream(run.id)
  const making = { stream, actor: run.user || unknownActor, file }
  const stated = await readStated(context.reader, stream)
  const columns = await run.metrics()
  context.tally.reads({ metrics: columns.key.length, datasets: run.datasets.length })
  const artifacts = await storeArtifacts(context, run, stated)
  const start = startOf(run, columns)
  yield experiment.birth(start)
  if (context.sink.isUnborn(experiment.stream)) return
  yield* starting(context, { ...place, making, stated, start })
  let due = start
  for (const points of groups(newPoints(columns, stated), context.times)) {
    const at = points.timestamp[0] ?? start
    due = Math.max(due, at)
    const counts = { metrics: points.key.length }
    const parts = { due, rank: ranks.metrics, stated: at, counts }
    yield draftOf(making, parts, ['run.metrics-logged', points])
  }
  const last = Math.max(start, columns.timestamp.at(-1) ?? start)
  yield* ending({ run, making, stated, artifacts, due: Math.max(last, timeOr(run.endTime, last)) })
}

/** When the run began; where it does not say, the nearest time that it states. */
const startOf = (run: SourceRun, { timestamp }: MetricColumns): number =>
  timeOr(run.startTime, timeOr(timestamp[0], timeOr(run.endTime, timeOr(run.deletedAt, 0))))

interface Starting extends Place {
  readonly making: Making
  readonly stated: Stated
  readonly start: number
}

function* starting(
  context: ImportContext,
  { run, experiment, making, stated, start, file }: Starting,
): Generator<Draft, void> {
  const { tally } = context
  const params = fitting(run.params, { what: 'param', file, tally })
  const tags = fitting(run.tags, { what: 'tag', file, tally })
  const fit = { ...run, params, tags, experiment: experiment.id }
  for (const { event, counts } of startEvents(fit, { stated, file, tally })) {
    const isBirth =
      event[0] === 'run.started' ? ({ isBirth: true, stated: run.startTime } as const) : {}
    const parts = { due: start, rank: ranks.start, stated: null, counts, ...isBirth }
    yield draftOf(making, parts, event)
  }
}

interface Ending {
  readonly run: SourceRun
  readonly making: Making
  readonly stated: Stated
  readonly artifacts: readonly RunArtifact[]
  readonly due: number
}

function* ending({ run, making, stated, artifacts, due }: Ending): Generator<Draft, void> {
  const atEnd = { due, stated: run.endTime }
  for (const { isNew, ...artifact } of artifacts) {
    const parts = { due, stated: null, rank: ranks.artifacts, counts: { artifacts: 1 } }
    if (isNew) yield draftOf(making, parts, ['run.artifact-logged', artifact])
  }
  const models = run.modelOutputs.filter(({ id, step }) =>
    stated.isNew(field.modelOutput(id, step), ''),
  )
  const outputs = ['run.outputs-logged', { models: models.map((model) => ({ ...model })) }] as const
  if (models.length > 0)
    yield draftOf(making, { due, stated: null, rank: ranks.artifacts }, outputs)
  yield* end(run, { making, stated, atEnd })
  if (!stated.isNew(field.deleted, run.deleted ? 'yes' : 'no', 'no')) return
  const parts = {
    due: Math.max(due, timeOr(run.deletedAt, due)),
    rank: ranks.end,
    stated: run.deletedAt,
  }
  yield draftOf(making, parts, [run.deleted ? 'run.deleted' : 'run.restored', {}])
}

interface End {
  readonly making: Making
  readonly stated: Stated
  readonly atEnd: { readonly due: number; readonly stated: number | null }
}

function* end({ status, endTime }: SourceRun, { making, stated, atEnd }: End): Generator<Draft> {
  const parts = { ...atEnd, rank: ranks.end }
  if (status === 'RUNNING' || status === 'SCHEDULED') {
    // A run that goes on and yet states an end: nothing else can hold it.
    const isNews = endTime !== null && stated.isNew(field.endTime, String(endTime))
    if (isNews) yield draftOf(making, parts, ['run.updated', { endTime }])
    return
  }
  if (!stated.isNew(field.ended, endOf(status, endTime))) return
  yield draftOf(making, parts, ['run.ended', { status, endTime }])
}
