import type { RunRecord } from '../../tracking/index.ts'
import type { CommandRun } from '../command.ts'
import { printFacts, timeText } from '../output/print.ts'
import type { Cell } from '../output/tables.ts'
import { withView } from '../with-store.ts'

type Fact = readonly [name: string, value: Cell]

const named = (prefix: string, values: Readonly<Record<string, string>>): readonly Fact[] =>
  Object.entries(values).map(([key, value]) => [`${prefix}.${key}`, value])

const pointText = ({ last, step, min, max, count }: RunRecord['metrics'][string]): string =>
  count === 1 ? `${last}` : `${last} at step ${step} (${min} to ${max} in ${count} points)`

const factsOf = (record: RunRecord): readonly Fact[] => [
  ['id', record.id],
  ['name', record.name],
  ['experiment', record.experiment],
  ['status', record.status],
  ['error', record.error],
  ['state', record.lifecycle],
  ['user', record.user],
  ['started', timeText(record.startTime)],
  ['ended', timeText(record.endTime)],
  ['parent', record.parent],
  ...named('params', record.params),
  ...Object.entries(record.metrics).map(
    ([key, metric]): Fact => [`metrics.${key}`, pointText(metric)],
  ),
  ...named('tags', record.tags),
  ...record.inputs.map(({ name, digest }): Fact => ['data', `${name} ${digest}`]),
  ...record.outputs.map(({ id }): Fact => ['model', id]),
  ...record.artifacts.map(({ path, size }): Fact => ['artifact', `${path} (${size} bytes)`]),
]

export const run: CommandRun = async ({ args: [id = ''], values }) => {
  const found = await withView(values, (view) => view.runs.get(id))
  await printFacts(values, { run: found }, factsOf(found))
  return undefined
}
