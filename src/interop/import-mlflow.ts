import { basename } from 'node:path'
import { internalsOf } from '../create-varve.ts'
import { codeOf } from '../kernel/errors.ts'
import type { EventEngine } from '../kernel/event-engine.ts'
import { logStream } from '../kernel/events/log-events.ts'
import type { Varve } from '../varve.ts'
import type { ImportContext } from './import/context.ts'
import { planExperiments } from './import/experiments.ts'
import { loggedModelLanes } from './import/logged-models.ts'
import { isUnfinished, timesFor } from './import/mode.ts'
import { modelLanes } from './import/models.ts'
import { runLanes } from './import/runs.ts'
import { checkSignal, Sink } from './import/sink.ts'
import type { ImportProgress, ImportSummary } from './import/summary.ts'
import { sumOf, Tally } from './import/tally.ts'
import { timeline } from './import/timeline.ts'
import { type MlflowSource, openMlflowSource } from './mlflow/index.ts'

export interface ImportOptions {
  /** Stops the import between two commits; a later call goes on from there. */
  readonly signal?: AbortSignal
  /** Told after each commit. */
  readonly progress?: (done: ImportProgress) => void
  /** Whether the bytes of artifacts come in, where they are at hand. Default `true`. */
  readonly artifacts?: boolean
  /** Folders that hold artifacts, beside the source itself; nothing outside of them is read. */
  readonly artifactRoots?: readonly string[]
}

/**
 * Imports a published MLflow store: an `mlruns` folder, a folder that holds one, or an `mlflow.db` file.
 *
 * Into an empty store history is laid down in the order of the source's times, which become `recordedAt`;
 * each event is marked as claimed by the source, and a `log.imported` event says when and by whom it was
 * really recorded. Into a store with history of its own, events are recorded now. What the store has
 * already is not written again, so a second import of the same source adds nothing, and one that was
 * stopped goes on. What is damaged is named in the summary, and the rest comes in.
 *
 * @throws `SOURCE_NOT_FOUND`, `SOURCE_NOT_RECOGNISED`, `SOURCE_UNREADABLE`; `IMPORT_INTERRUPTED` when the
 * signal is aborted, or when somebody else writes to an empty store while history is laid down: what came
 * in stays.
 */
export const importMlflow = async (
  varve: Varve,
  path: string,
  options: ImportOptions = {},
): Promise<ImportSummary> => {
  const { engine } = internalsOf(varve)
  return await alone(engine, () => runImport(varve, path, options))
}

/** Imports into one store come one after another: each looks at what is there already. */
const alone = async <T>(engine: EventEngine, task: () => Promise<T>): Promise<T> => {
  const before = running.get(engine) ?? Promise.resolve()
  const mine = before.then(task)
  running.set(
    engine,
    mine.catch(() => undefined),
  )
  return await mine
}

const running = new WeakMap<EventEngine, Promise<unknown>>()

const runImport = async (
  varve: Varve,
  path: string,
  options: ImportOptions,
): Promise<ImportSummary> => {
  const { artifactRoots = [] } = options
  await using source = await openMlflowSource(path, { artifactRoots })
  const tally = new Tally(source.kind === 'sqlite' ? basename(source.path) : undefined)
  try {
    checkSignal({ signal: options.signal, tally })
    return await importSource(varve, { source, tally, options })
  } catch (error) {
    // A read that the signal broke off says so in its own words.
    if (codeOf(error) !== 'IMPORT_INTERRUPTED') checkSignal({ signal: options.signal, tally })
    throw error
  }
}

interface Import {
  readonly source: MlflowSource
  readonly tally: Tally
  readonly options: ImportOptions
}

const importSource = async (varve: Varve, parts: Import): Promise<ImportSummary> => {
  const { source, tally, options } = parts
  const { blobs, engine, reader, writer } = internalsOf(varve)
  const { signal, progress, artifacts = true } = options
  const digest = await source.digest()
  const kind = source.kind === 'mlruns' ? 'mlflow-folder' : 'mlflow-sqlite'
  const claim = `${kind}:${digest}`
  const times = await timesFor(engine, claim)
  const { streams, types } = engine.source
  const revision = (stream: string): number => streams.revision(stream)
  const recordedAt = engine.last < 0 ? 0 : engine.head.recordedAt
  const sink = new Sink(
    { writer, types, revision, tally, claim, times, signal, progress },
    recordedAt,
  )
  const context: ImportContext = {
    ...{ reader, engine, blobs, tally, times, sink, signal },
    registry: varve.registry,
    wantsArtifacts: artifacts,
    modelRuns: new Map(),
  }
  await layDown(context, source)
  const leftOut = await source.leftOut()
  const isNews = tally.events > 0 || (await isUnfinished(engine, claim))
  if (isNews) await mentionChange(parts, digest)
  const summary = { kind, source: source.path, digest } as const
  const problems = [...source.problems, ...tally.problems]
  const refused = problems.length
  if (isNews) {
    const read = sumOf(tally.read)
    const written = sumOf(tally.written)
    const data = { ...summary, times, read, written, refused }
    await writer.execute({
      decider,
      decide: () => [{ stream: logStream, type: 'log.imported', data }],
    })
    tally.events += 1
  }
  const { read, written, clamped, events } = tally
  const done = { read, written, refused, problems, leftOut, clamped, events }
  return { ...summary, times: isNews ? times : 'nothing', ...done }
}

const decider = { open: () => undefined, evolve: () => undefined }

/** Records what is new, in the order of the source's times. */
const layDown = async (context: ImportContext, source: MlflowSource): Promise<void> => {
  const experiments = await planExperiments(context, await all(source.experiments()))
  const models = await all(source.models())
  for (const { versions } of models) {
    for (const { run } of versions) if (run !== null) context.modelRuns.set(run, [])
  }
  const lanes = [
    ...[...experiments.values()].map(({ lane }) => lane),
    ...(await modelLanes(context, models)),
    ...loggedModelLanes(context, await all(source.loggedModels()), experiments),
  ]
  const runs = runLanes(context, source.runs(), experiments)
  for await (const draft of timeline(lanes, runs)) await context.sink.add(draft)
  await context.sink.flush()
}

const all = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}

/** The digest names what was read only if nobody wrote there meanwhile. */
const mentionChange = async ({ source, tally }: Import, digest: string): Promise<void> => {
  if ((await source.digest()) === digest) return
  const message =
    'The source changed while it was read; the digest is that of its content before. Import it again when nobody writes to it.'
  tally.refuse(basename(source.path), message)
}
