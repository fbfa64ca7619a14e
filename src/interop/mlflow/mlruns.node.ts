import { interopError } from '../errors.ts'
import type { ArtifactPlaces } from './artifacts.node.ts'
import { digestFolder } from './digest.node.ts'
import { breathe, type Entry, type Folder, findEntry, listFolder } from './files.node.ts'
import {
  describes,
  isLitter,
  listFolders,
  readMeta,
  readPairs,
  reportUnknown,
} from './meta.node.ts'
import { modelPlaces, readModel } from './mlruns-registry.node.ts'
import { type RunPlace, readPoints, readRun, runLoss } from './mlruns-run.node.ts'
import { createModelPoints, parseModelMetricLine } from './model-metrics.ts'
import type { Problems } from './problems.ts'
import { byTime, experimentFrom, inOrder, loggedModelFrom } from './records.ts'
import { experimentSchema, loggedModelSchema, runSchema } from './schemas.ts'
import type {
  LeftOut,
  MlflowSource,
  SourceExperiment,
  SourceLoggedModel,
  SourceModel,
  SourceProblem,
  SourceRun,
} from './source.ts'

interface ExperimentPlace {
  readonly path: string
  readonly experiment: SourceExperiment
}

/** Folders of an experiment that are no runs. */
const notRuns = new Set(['tags', 'datasets', 'models', 'traces'])

/** An `mlruns` folder as MLflow's file store writes it. */
export class MlrunsSource implements MlflowSource {
  readonly kind = 'mlruns'
  readonly path: string
  readonly #folder: Folder
  readonly #places: ArtifactPlaces
  #isClosed = false

  constructor(root: string, problems: Problems, artifactRoots: readonly string[]) {
    this.path = root
    this.#folder = { root, problems }
    this.#places = { roots: [root, ...artifactRoots], problems }
  }

  get problems(): readonly SourceProblem[] {
    return this.#folder.problems.list
  }

  async digest(): Promise<string> {
    return await digestFolder(this.#opened())
  }

  async *experiments(): AsyncGenerator<SourceExperiment, void> {
    const places = await this.#experimentPlaces()
    yield* places.map((place) => place.experiment).sort(inOrder.experiments)
  }

  async *runs(): AsyncGenerator<SourceRun, void> {
    for (const place of await this.#runPlaces()) {
      await breathe()
      const run = await readRun(place)
      if (run !== undefined) yield run
    }
  }

  async *models(): AsyncGenerator<SourceModel, void> {
    const folder = this.#opened()
    const models: SourceModel[] = []
    for (const { path } of modelPlaces(folder)) {
      const model = await readModel(folder, path)
      if (model !== undefined) models.push(model)
    }
    yield* models.sort(inOrder.models)
  }

  async *loggedModels(): AsyncGenerator<SourceLoggedModel, void> {
    const folder = this.#opened()
    const models: SourceLoggedModel[] = []
    for (const place of await this.#experimentPlaces()) {
      for (const { path } of listFolders(folder, `${place.path}/models`)) {
        models.push(...(await readLoggedModel(folder, place, path)))
      }
    }
    yield* models.sort(inOrder.loggedModels)
  }

  async leftOut(): Promise<LeftOut[]> {
    const folder = this.#opened()
    let traces = 0
    for (const { path } of await this.#experimentPlaces()) {
      traces += listFolders(folder, `${path}/traces`).length
    }
    return traces === 0 ? [] : [{ kind: 'traces', count: traces }]
  }

  async close(): Promise<void> {
    this.#isClosed = true
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #opened(): Folder {
    if (!this.#isClosed) return this.#folder
    const message = `The source ${this.path} was closed. Open it again with openMlflowSource().`
    throw interopError('SOURCE_CLOSED', message, { data: { path: this.path } })
  }

  async #experimentPlaces(): Promise<ExperimentPlace[]> {
    const folder = this.#opened()
    const places: ExperimentPlace[] = []
    for (const entry of listFolder(folder, '')) {
      if (entry.name === 'models' || entry.name === '.trash') continue
      places.push(...(await readExperiment(folder, entry)))
    }
    for (const entry of listFolder(folder, '.trash')) {
      const found = await readExperiment(folder, entry)
      places.push(
        ...found.map(({ experiment, path }) => ({
          path,
          experiment: { ...experiment, deleted: true },
        })),
      )
    }
    return places
  }

  /** Every run by its start; only paths and times are held, not the runs. */
  async #runPlaces(): Promise<RunPlace[]> {
    const folder = this.#opened()
    const runs: (RunPlace & { readonly startTime: number | null })[] = []
    for (const { experiment, path: experimentPath } of await this.#experimentPlaces()) {
      await breathe()
      for (const { path } of runFolders(folder, experimentPath)) {
        const meta = { path: `${path}/meta.yaml`, schema: runSchema, loss: runLoss }
        const record = await readMeta(folder, meta)
        if (record === undefined) continue
        const place = { folder, places: this.#places, experiment: experiment.id }
        runs.push({ ...place, experimentPath, path, startTime: record.start_time })
      }
    }
    return runs.sort(
      byTime(
        (run) => run.startTime,
        (run) => run.path,
      ),
    )
  }
}

const runFolders = (folder: Folder, experimentPath: string): Entry[] => {
  const entries = listFolder(folder, experimentPath)
  return entries.filter((entry) =>
    entry.kind === 'folder' ? !notRuns.has(entry.name) : isKnownFile(folder, entry),
  )
}

const isKnownFile = (folder: Folder, entry: Entry): false =>
  entry.name === 'meta.yaml' ? false : reportUnknown(folder, entry)

/** Gives no experiment for a folder that holds neither a description of one nor a run. */
const readExperiment = async (folder: Folder, entry: Entry): Promise<ExperimentPlace[]> => {
  const file = `${entry.path}/meta.yaml`
  const isDescribed = findEntry(folder, file) !== undefined
  if (entry.kind === 'file' || !(isDescribed || holdsRun(folder, entry.path))) {
    if (!isLitter(entry)) reportUnknown(folder, entry)
    return []
  }
  const name = entry.name === '0' ? 'Default' : entry.name
  const loss = `the experiment is read with the name ${name} and without times`
  const record = await readMeta(folder, { path: file, schema: experimentSchema, loss })
  const tags = readPairs(folder, `${entry.path}/tags`)
  const undescribed = {
    ...{ experiment_id: entry.name, name, artifact_location: null },
    ...{ lifecycle_stage: false, creation_time: null, last_update_time: null },
  }
  return [{ path: entry.path, experiment: experimentFrom(record ?? undescribed, tags) }]
}

/** Whether a folder is one of an experiment by the runs in it: published stores lack files. */
export const holdsRun = (folder: Folder, path: string): boolean => {
  for (const entry of listFolder(folder, path)) {
    if (entry.kind !== 'folder' || notRuns.has(entry.name)) continue
    if (describes(folder, entry.path, 'run_(?:id|uuid)')) return true
  }
  return false
}

const readLoggedModel = async (
  folder: Folder,
  place: ExperimentPlace,
  path: string,
): Promise<SourceLoggedModel[]> => {
  const file = `${path}/meta.yaml`
  const loss = 'the logged model is left out'
  const record = await readMeta(folder, { path: file, schema: loggedModelSchema, loss })
  if (record === undefined) return []
  const params = readPairs(folder, `${path}/params`)
  const tags = readPairs(folder, `${path}/tags`)
  const metrics = async () => {
    const points = createModelPoints()
    const reading = { parse: parseModelMetricLine, add: points.add }
    await readPoints(folder, `${path}/metrics`, reading)
    return points.finish()
  }
  return [loggedModelFrom({ record, experiment: place.experiment.id, params, tags, metrics })]
}
