import type { DatasetInput, RunStatus } from './events.ts'
import type { MetricSummary, RunRecord } from './run.ts'

export interface CompareOptions {
  /** Leaves out the rows in which all runs agree. */
  readonly onlyDifferent?: boolean | undefined
}

/** One line of a comparison: what each run has for a key, in the order of the runs; null where it has nothing. */
export interface ComparisonRow<Value> {
  readonly key: string
  readonly values: readonly (Value | null)[]
  readonly differs: boolean
}

/** The head of a column of a comparison. */
export interface ComparedRun {
  readonly id: string
  readonly name: string
  readonly experiment: string
  readonly status: RunStatus
  readonly user: string
  readonly startTime: number | null
  readonly endTime: number | null
}

/** A dataset as a run read it. */
export interface DataVersion {
  readonly digest: string
  readonly sourceType: string
  readonly source: string
}

/** Runs side by side; rows are sorted by key. */
export interface RunComparison {
  readonly runs: readonly ComparedRun[]
  readonly params: readonly ComparisonRow<string>[]
  /** Differ when their latest values do; NaN equals NaN. */
  readonly metrics: readonly ComparisonRow<MetricSummary>[]
  /** Without the tags that `code` and the names of the runs show. */
  readonly tags: readonly ComparisonRow<string>[]
  /** Datasets by `name (context)`; differ when their digests do. */
  readonly data: readonly ComparisonRow<DataVersion>[]
  /** Commit, branch, dirty flag, repository, source and entry point, as far as recorded. */
  readonly code: readonly ComparisonRow<string>[]
}

/** What changed for a key; null where there was, or is, nothing. */
export interface RunChange<Value> {
  readonly key: string
  readonly before: Value | null
  readonly after: Value | null
}

export interface RunDifference {
  readonly params: readonly RunChange<string>[]
  readonly metrics: readonly RunChange<MetricSummary>[]
  readonly data: readonly RunChange<DataVersion>[]
  readonly code: readonly RunChange<string>[]
}

/** Puts runs side by side: params, metrics, tags, data and code. */
export const compareRuns = (
  records: readonly RunRecord[],
  { onlyDifferent = false }: CompareOptions = {},
): RunComparison => {
  const rows = <Value>(
    valuesOf: (record: RunRecord) => ReadonlyMap<string, Value>,
    isSame: (a: Value, b: Value) => boolean,
  ): readonly ComparisonRow<Value>[] => {
    const all = rowsOf(records.map(valuesOf), isSame)
    return onlyDifferent ? all.filter(({ differs }) => differs) : all
  }
  return {
    runs: records.map(headOf),
    params: rows(({ params }) => new Map(Object.entries(params)), Object.is),
    metrics: rows(({ metrics }) => new Map(Object.entries(metrics)), isSameMetric),
    tags: rows(otherTagsOf, Object.is),
    data: rows(dataOf, (a, b) => a.digest === b.digest),
    code: rows(codeOf, Object.is),
  }
}

/** What differs between two runs. */
export const diffRuns = (before: RunRecord, after: RunRecord): RunDifference => {
  const { params, metrics, data, code } = compareRuns([before, after], { onlyDifferent: true })
  return {
    params: params.map(changeOf),
    metrics: metrics.map(changeOf),
    data: data.map(changeOf),
    code: code.map(changeOf),
  }
}

const changeOf = <Value>({ key, values }: ComparisonRow<Value>): RunChange<Value> => ({
  key,
  before: values[0] ?? null,
  after: values[1] ?? null,
})

const rowsOf = <Value>(
  columns: readonly ReadonlyMap<string, Value>[],
  isSame: (a: Value, b: Value) => boolean,
): readonly ComparisonRow<Value>[] => {
  const keys = new Set(columns.flatMap((column) => [...column.keys()]))
  return [...keys].sort().map((key) => {
    const values = columns.map((column) => column.get(key) ?? null)
    const [first = null] = values
    const isEqual = (value: Value | null): boolean =>
      value === null || first === null ? value === first : isSame(value, first)
    return { key, values, differs: !values.every(isEqual) }
  })
}

const headOf = ({
  id,
  name,
  experiment,
  status,
  user,
  startTime,
  endTime,
}: RunRecord): ComparedRun => ({
  id,
  name,
  experiment,
  status,
  user,
  startTime,
  endTime,
})

const isSameMetric = (a: MetricSummary, b: MetricSummary): boolean =>
  a.last === b.last || (Number.isNaN(a.last) && Number.isNaN(b.last))

/** What the tags about code are called in a comparison. */
const codeNames: ReadonlyMap<string, string> = new Map([
  ['mlflow.source.git.commit', 'commit'],
  ['mlflow.source.git.branch', 'branch'],
  ['varve.git.dirty', 'dirty'],
  ['mlflow.source.git.repoURL', 'repository'],
  ['mlflow.source.name', 'source'],
  ['mlflow.source.type', 'source type'],
  ['mlflow.project.entryPoint', 'entry point'],
])

const isCode = (tag: string): boolean => codeNames.has(tag) || tag.startsWith('mlflow.source.')

const codeOf = ({ tags }: RunRecord): ReadonlyMap<string, string> =>
  new Map(
    Object.entries(tags)
      .filter(([tag]) => isCode(tag))
      .map(([tag, value]) => [codeNames.get(tag) ?? tag, value]),
  )

const otherTagsOf = ({ tags }: RunRecord): ReadonlyMap<string, string> =>
  new Map(Object.entries(tags).filter(([tag]) => !isCode(tag) && tag !== 'mlflow.runName'))

/** Datasets by name and context; a second one of the same name and context gets a number. */
const dataOf = ({ inputs }: RunRecord): ReadonlyMap<string, DataVersion> => {
  const found = new Map<string, DataVersion>()
  for (const input of inputs) {
    const name = dataName(input)
    let key = name
    for (let count = 2; found.has(key); count++) key = `${name} #${count}`
    const { digest, sourceType, source } = input
    found.set(key, { digest, sourceType, source })
  }
  return found
}

const dataName = ({ name, tags }: DatasetInput): string => {
  const context = tags.find(([tag]) => tag === 'mlflow.data.context')?.[1]
  return context === undefined ? name : `${name} (${context})`
}
