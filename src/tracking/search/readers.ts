import type { MetricColumn } from '../run-table/metric-column.ts'
import type {
  Aggregate,
  NumberAttribute,
  NumberField,
  OrderField,
  TextAttribute,
  TextField,
} from './filter.ts'
import { experimentOf, isDeleted, type Scope } from './scope.ts'

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
  return (row) => {
    const slot = column.slots.slotOf(row)
    return slot < 0 || column.shape.at(slot) === 0 ? undefined : read(slot)
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
  const { last, step, spans } = column
  switch (aggregate) {
    case 'last':
      return (slot) => last.at(slot)
    case 'step':
      return (slot) => step.at(slot)
    case 'count':
      return (slot) => {
        const span = column.spanOf(slot)
        return span < 0 ? 1 : spans.count.at(span)
      }
    case 'min':
    case 'max':
    case 'first': {
      const values = spans[aggregate]
      return (slot) => {
        const span = column.spanOf(slot)
        return span < 0 ? last.at(slot) : values.at(span)
      }
    }
  }
}

/** Times lie in the table as numbers, NaN for null. */
const present = (time: number): number | undefined => (Number.isNaN(time) ? undefined : time)

const numberAttributes: Readonly<Record<NumberAttribute, (scope: Scope) => Reader<number>>> = {
  start_time:
    ({ table }) =>
    (row) =>
      present(table.startTimes.at(row)),
  end_time:
    ({ table }) =>
    (row) =>
      present(table.endTimes.at(row)),
  duration:
    ({ table }) =>
    (row) =>
      present(table.endTimes.at(row) - table.startTimes.at(row)),
}

const textAttributes: Readonly<Record<TextAttribute, (scope: Scope) => Reader<string>>> = {
  run_id:
    ({ table }) =>
    (row) =>
      table.ids[row],
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
  artifact_uri:
    ({ table }) =>
    (row) =>
      table.extras.get(row)?.artifactLocation,
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
