import type { RunRecord } from '../../../tracking/index.ts'
import { endpoint } from '../endpoint.ts'
import { filled } from '../entities.ts'
import { invalid } from '../errors.ts'
import { idText, listOf, withDefault } from '../wire/fields.ts'

const MOST_EXPERIMENTS = 20
const MOST_DATASETS = 1000
const CONTEXT = 'mlflow.data.context'

interface Summary {
  readonly experiment_id: string
  readonly name: string
  readonly digest: string
  readonly context?: string
}

const compare = (a: string, b: string): number => Number(a > b) - Number(a < b)

const inOrder = (a: Summary, b: Summary): number =>
  compare(a.experiment_id, b.experiment_id) ||
  compare(a.name, b.name) ||
  compare(a.digest, b.digest) ||
  compare(a.context ?? '', b.context ?? '')

/** Each dataset that the runs read once, as it was linked first. */
const summariesOf = (runs: readonly RunRecord[]): readonly Summary[] => {
  const summaries = new Map<string, Summary>()
  for (const { experimentId, inputs } of runs) {
    const linked = new Set<string>()
    for (const { name, digest, tags } of inputs) {
      const identity = JSON.stringify([name, digest])
      if (linked.has(identity)) continue
      linked.add(identity)
      const context = tags.find(([key]) => key === CONTEXT)?.[1]
      const summary = { experiment_id: experimentId, name, digest }
      summaries.set(
        JSON.stringify([experimentId, name, digest, context]),
        context === undefined ? summary : { ...summary, context },
      )
    }
  }
  return [...summaries.values()].sort(inOrder).slice(0, MOST_DATASETS)
}

/** Datasets of runs; MLflow serves it to its pages alone. */
export const searchDatasets = endpoint({
  method: 'POST',
  path: '/mlflow/experiments/search-datasets',
  surfaces: ['/ajax-api'],
  input: { experiment_ids: withDefault(listOf(idText), []) },
  answer: async ({ view }, { experiment_ids: ids }) => {
    if (ids.length === 0)
      throw invalid('SearchDatasets request must specify at least one experiment_id.')
    if (ids.length > MOST_EXPERIMENTS)
      throw invalid(
        `SearchDatasets request cannot specify more than ${MOST_EXPERIMENTS} experiment_ids. Received ${ids.length} experiment_ids.`,
      )
    const { rows } = await view.runs.search({
      experimentIds: ids,
      filter: "datasets.name like '%'",
      limit: 50_000,
    })
    return { dataset_summaries: filled(summariesOf(rows).map((summary) => ({ ...summary }))) }
  },
})
