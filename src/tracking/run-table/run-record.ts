import type { DatasetInput } from '../events.ts'
import type { ArtifactFile, MetricSummary, ModelOutput } from '../run.ts'
import type { MetricColumn } from './metric-column.ts'
import type { TextColumn } from './text-column.ts'

/** The tag that MLflow keeps a run's name in: here it and the name are one value. */
export const NAME_TAG = 'mlflow.runName'

/** What few runs have, kept beside the columns. */
export interface Extras {
  error?: string
  parent?: string
  artifactLocation?: string
  inputs?: DatasetInput[]
  modelInputs?: string[]
  outputs?: ModelOutput[]
  /** By path. */
  artifacts?: Map<string, ArtifactFile>
}

/** An object for keys of the user's choice: `__proto__` is a legal one. */
const keyed = <Value>(): Record<string, Value> => Object.create(null)

export const textsOf = (columns: readonly TextColumn[], row: number): Record<string, string> => {
  const found = keyed<string>()
  for (const column of columns) {
    const value = column.get(row)
    if (value !== undefined) found[column.key] = value
  }
  return found
}

/** The tags of a row, the name's among them if it is set. */
export const tagsOf = (
  columns: readonly TextColumn[],
  row: number,
  name: string | undefined,
): Record<string, string> => {
  const others = textsOf(columns, row)
  if (name === undefined) return others
  const all = keyed<string>()
  for (const key of [...Object.keys(others), NAME_TAG].sort()) all[key] = others[key] ?? name
  return all
}

export const metricsOf = (
  columns: readonly MetricColumn[],
  row: number,
): Record<string, MetricSummary> => {
  const found = keyed<MetricSummary>()
  for (const column of columns) {
    const summary = column.summary(column.slots.slotOf(row))
    if (summary !== undefined) found[column.key] = summary
  }
  return found
}

export const extrasOf = (extras: Extras) => {
  const { error, parent, artifactLocation } = extras
  return {
    ...(error === undefined ? {} : { error }),
    ...(parent === undefined ? {} : { parent }),
    ...(artifactLocation === undefined ? {} : { artifactLocation }),
    inputs: extras.inputs?.slice() ?? [],
    modelInputs: extras.modelInputs?.slice() ?? [],
    outputs: extras.outputs?.slice() ?? [],
    artifacts: artifactsOf(extras),
  }
}

const artifactsOf = ({ artifacts }: Extras): ArtifactFile[] =>
  [...(artifacts?.values() ?? [])].sort((a, b) => (a.path < b.path ? -1 : 1))
