import { artifactUriOf } from '../artifact-uri.ts'
import { FIRST_SPAN, type MetricColumn } from '../run-table/metric-column.ts'
import type {
  Aggregate,
  NumberAttribute,
  NumberField,
  OrderField,
  TextAttribute,
  TextField,
} from './filter.ts'
import { experimentOf, isDeleted, type Scope } from './scope.ts'

/** Holds while the table does not change: it keeps hold of the columns' arrays. */
export type Reader<Value> = (row: number) => Value | undefined

/** Reads a field of the runs of one table, by row; `undefined` where a run lacks it. */
export const readerOf = (scope: Scope, field: OrderField): Reader<number | string> =>
  field.kind === 'metric' || field.kind === 'number-attribute'
    ? numberReader(scope, field)
    : textReader(scope, field)

export const numberReader = (scope: Scope, field: NumberField): Reader<number> => {
  if (field.kind === 'number-attribute') return numberAttributes[field.name](scope)
  const column = scope.table.metrics.get(field.key)
  if (column === undefined) return () => undefined
  const read = metricCells(column, field.aggregate)
  const { slots } = column
  const shape = column.shape.data
  return (row) => {
    const slot = slots.slotOf(row)
    return slot < 0 || shape[slot] === 0 ? undefined : read(slot)
  }
}

export const textReader = (scope: Scope, field: TextField): Reader<string> => {
  const { table } = scope
  switch (field.kind) {
    case 'text-attribute':
      return textAttributes[field.name](scope)
    case 'param':
      return (row) => table.param(row, field.key)
    case 'tag':
      return (row) => table.tag(row, field.key)
  }
}

/** Reads one aggregate of a metric by slot, where there are points. */
export const metricCells = (
  column: MetricColumn,
  aggregate: Aggregate,
): ((slot: number) => number) => {
  const { spans } = column
  const last = column.last.data
  const shape = column.shape.data
  const spanned =
    (values: ArrayLike<number>, single: (slot: number) => number) =>
    (slot: number): number => {
      const span = (shape[slot] ?? 0) - FIRST_SPAN
      return span < 0 ? single(slot) : (values[span] ?? 0)
    }
  switch (aggregate) {
    case 'last':
      return (slot) => last[slot] ?? 0
    case 'step': {
      const step = column.step.data
      return (slot) => step[slot] ?? 0
    }
    case 'count':
      return spanned(spans.count.data, () => 1)
    case 'min':
    case 'max':
    case 'first':
      return spanned(spans[aggregate].data, (slot) => last[slot] ?? 0)
  }
}

/** Times lie in the table as numbers, NaN for null. */
const present = (time: number): number | undefined => (Number.isNaN(time) ? undefined : time)

const numberAttributes: Readonly<Record<NumberAttribute, (scope: Scope) => Reader<number>>> = {
  start_time: ({ table }) => {
    const times = table.startTimes.data
    return (row) => present(times[row] ?? Number.NaN)
  },
  end_time: ({ table }) => {
    const times = table.endTimes.data
    return (row) => present(times[row] ?? Number.NaN)
  },
  duration: ({ table }) => {
    const starts = table.startTimes.data
    const ends = table.endTimes.data
    return (row) => present((ends[row] ?? Number.NaN) - (starts[row] ?? Number.NaN))
  },
}

const textAttributes: Readonly<Record<TextAttribute, (scope: Scope) => Reader<string>>> = {
  run_id:
    ({ table }) =>
    (row) =>
      table.idOf(row),
  run_name:
    ({ table }) =>
    (row) =>
      table.names[row],
  status:
    ({ table }) =>
    (row) =>
      table.status(row),
  user_id:
    ({ table }) =>
    (row) =>
      table.user(row),
  artifact_uri: (scope) => (row) =>
    artifactUriOf(scope.table.extras.get(row)?.artifactLocation, {
      experiment: experimentOf(scope, row).artifactLocation,
      run: scope.table.idOf(row),
    }),
  experiment: (scope) => (row) => experimentOf(scope, row).name,
  experiment_id:
    ({ table }) =>
    (row) =>
      table.experimentId(row),
  parent_run_id:
    ({ table }) =>
    (row) =>
      table.extras.get(row)?.parent,
  lifecycle: (scope) => (row) => (isDeleted(scope, row) ? 'deleted' : 'active'),
}
