import type { DatasetInput, MetricColumns } from '../../tracking/events.ts'
import { type ArtifactPlaces, readArtifacts } from './artifacts.node.ts'
import {
  type Entry,
  type Folder,
  type Line,
  listFolder,
  readLines,
  unreadable,
  walkFiles,
} from './files.node.ts'
import { isLitter, listFolders, readMeta, readPairs, reportUnknown } from './meta.node.ts'
import { createColumns, parseMetricLine } from './metrics.ts'
import { datasetFrom, runFrom } from './records.ts'
import { datasetSchema, type InputRecord, inputSchema, runSchema } from './schemas.ts'
import type { SourceRun } from './source.ts'

/** Where one run lies in an `mlruns` folder. */
export interface RunPlace {
  readonly folder: Folder
  readonly places: ArtifactPlaces
  /** Id of the experiment, which names its folder. */
  readonly experiment: string
  readonly experimentPath: string
  /** Relative to the root. */
  readonly path: string
}

export const runLoss = 'the run is left out, with its params, metrics, tags and artifacts'

/** Reads one run but for its metrics and artifacts, which are read when asked for. */
export const readRun = async (place: RunPlace): Promise<SourceRun | undefined> => {
  const { experiment, folder, path } = place
  const file = `${path}/meta.yaml`
  const record = await readMeta(folder, { path: file, schema: runSchema, loss: runLoss })
  if (record === undefined) return undefined
  reportUnknowns(place)
  const id = record.run_id ?? record.run_uuid ?? path.slice(path.lastIndexOf('/') + 1)
  const tags = readPairs(folder, `${path}/tags`)
  const isExpected = tags.some(([key]) => key === 'mlflow.log-model.history')
  return runFrom({
    record,
    id,
    experiment,
    params: readPairs(folder, `${path}/params`),
    tags,
    ...(await readLinks(place)),
    metrics: async () => await readMetrics(folder, `${path}/metrics`),
    artifacts: () =>
      readArtifacts(place.places, {
        file,
        run: path.slice(path.lastIndexOf('/') + 1),
        experiment: place.experimentPath,
        location: record.artifact_uri,
        isExpected,
      }),
  })
}

const known = new Set(['meta.yaml', 'params', 'metrics', 'tags', 'artifacts', 'inputs', 'outputs'])

const reportUnknowns = ({ folder, path }: RunPlace): void => {
  for (const entry of listFolder(folder, path)) {
    if (!known.has(entry.name)) reportUnknown(folder, entry)
  }
}

const readMetrics = async (folder: Folder, path: string): Promise<MetricColumns> => {
  const columns = createColumns()
  await readPoints(folder, path, { parse: parseMetricLine, add: columns.add })
  return columns.finish()
}

interface PointReading<Point extends object> {
  readonly parse: (line: string) => Point | string
  readonly add: (key: string, point: Point) => void
}

/** Reads the points of every metric file below a folder. */
export const readPoints = async <Point extends object>(
  folder: Folder,
  path: string,
  reading: PointReading<Point>,
): Promise<void> => {
  for (const entry of walkFiles(folder, path)) {
    if (isLitter(entry)) continue
    const key = entry.path.slice(path.length + 1)
    const report = reporterOf(folder, entry)
    try {
      for await (const lines of readLines(entry.real)) {
        for (const line of lines) addLine({ ...reading, key, report: report.add }, line)
      }
    } catch (error) {
      folder.problems.add({ file: entry.path, message: unreadable(error) })
    }
    report.end()
  }
}

interface Series<Point extends object> extends PointReading<Point> {
  readonly key: string
  readonly report: (line: number, message: string) => void
}

const addLine = <Point extends object>(
  { parse, add, key, report }: Series<Point>,
  { number, text }: Line,
): void => {
  if (text?.trim() === '') return
  const point = text === undefined ? 'The line is longer than 64 KiB.' : parse(text)
  if (typeof point === 'string') report(number, point)
  else add(key, point)
}

/** Problems of one file beyond these are counted, not listed. */
const maxProblemsPerFile = 20

const reporterOf = (
  folder: Folder,
  { path: file }: Entry,
): { add: Series<object>['report']; end(): void } => {
  let bad = 0
  return {
    add: (line, message) => {
      bad += 1
      if (bad <= maxProblemsPerFile) folder.problems.add({ file, line, message })
    },
    end: () => {
      const more = bad - maxProblemsPerFile
      if (more > 0)
        folder.problems.add({ file, message: `${more} more lines are damaged like these.` })
    },
  }
}

interface Links {
  readonly datasets: DatasetInput[]
  readonly modelInputs: string[]
  readonly modelOutputs: { readonly id: string; readonly step: number }[]
}

/** The folders `inputs` and `outputs` hold one link each to a dataset or a logged model. */
const readLinks = async (place: RunPlace): Promise<Links> => {
  const { folder, path } = place
  const links: Links = { datasets: [], modelInputs: [], modelOutputs: [] }
  for (const entry of listFolders(folder, `${path}/inputs`)) {
    const input = await readLink(folder, entry)
    if (input === undefined) continue
    if (input.source_type !== 'DATASET') links.modelInputs.push(modelIn(input, path))
    else links.datasets.push(...(await readDataset(place, input)))
  }
  for (const entry of listFolders(folder, `${path}/outputs`)) {
    const output = await readLink(folder, entry)
    if (output !== undefined) {
      links.modelOutputs.push({ id: modelIn(output, path), step: output.step ?? 0 })
    }
  }
  return links
}

/** A link joins a run and a model; which of the two is its source differs. */
const modelIn = (link: InputRecord, runPath: string): string =>
  runPath.endsWith(`/${link.source_id}`) ? link.destination_id : link.source_id

const readLink = async (folder: Folder, entry: Entry): Promise<InputRecord | undefined> =>
  await readMeta(folder, {
    path: `${entry.path}/meta.yaml`,
    schema: inputSchema,
    loss: 'this input or output of the run is left out',
  })

const readDataset = async (place: RunPlace, input: InputRecord): Promise<DatasetInput[]> => {
  const record = await readMeta(place.folder, {
    path: `${place.experimentPath}/datasets/${input.source_id}/meta.yaml`,
    schema: datasetSchema,
    loss: 'the runs that read this dataset come without it',
  })
  return record === undefined ? [] : [datasetFrom(record, input.tags)]
}
