import type { Handlers } from '../../kernel/events/define-events.ts'
import type { RecordedEvent } from '../../kernel/events/event.ts'
import { type MetricColumns, type RunEventData, type RunStatus, runStatuses } from '../events.ts'
import type { MetricColumn } from './metric-column.ts'
import { RunTable } from './run-table.ts'

export const initialRunTable = (): RunTable => new RunTable()

/** Folds the events of runs into the table, by plain mutation. Events of an unknown run change nothing. */
export const runTableHandlers: Handlers<RunTable, RunEventData> = {
  'run.started': (table, { position, stream, data }) => {
    if (table.rowOfStream(stream) !== undefined) return
    const { experiment, name, user } = data
    const row = table.add({ stream, experiment, name, user, position })
    setStatus(table, row, data.status)
    table.startTimes.data[row] = data.startTime ?? Number.NaN
    if (data.parent !== undefined) table.extra(row).parent = data.parent
    if (data.artifactLocation !== undefined) {
      table.extra(row).artifactLocation = data.artifactLocation
    }
    for (const [key, value] of data.params) table.setParam(row, key, value)
    for (const [key, value] of data.tags) table.setTag(row, key, value)
  },
  'run.params-logged': (table, event) => {
    const row = changedRow(table, event)
    if (row < 0) return
    for (const [key, value] of event.data.params) table.setParam(row, key, value)
  },
  'run.metrics-logged': (table, event) => {
    const row = changedRow(table, event)
    if (row >= 0) addPoints(table, row, event.data)
  },
  'run.tags-set': (table, event) => {
    const row = changedRow(table, event)
    if (row < 0) return
    for (const [key, value] of event.data.tags) table.setTag(row, key, value)
  },
  'run.tag-deleted': (table, event) => {
    const row = changedRow(table, event)
    if (row >= 0) table.deleteTag(row, event.data.key)
  },
  'run.inputs-logged': (table, event) => {
    const row = changedRow(table, event)
    if (row < 0) return
    const extra = table.extra(row)
    extra.inputs ??= []
    extra.modelInputs ??= []
    extra.inputs.push(...event.data.datasets)
    extra.modelInputs.push(...event.data.models)
  },
  'run.outputs-logged': (table, event) => {
    const row = changedRow(table, event)
    if (row < 0) return
    const extra = table.extra(row)
    extra.outputs ??= []
    extra.outputs.push(...event.data.models)
  },
  'run.artifact-logged': (table, event) => {
    const row = changedRow(table, event)
    if (row < 0) return
    const extra = table.extra(row)
    extra.artifacts ??= new Map()
    extra.artifacts.set(event.data.path, event.data)
  },
  'run.artifact-deleted': (table, event) => {
    const row = changedRow(table, event)
    if (row < 0) return
    const artifacts = table.extra(row).artifacts ?? new Map()
    const { path } = event.data
    for (const name of artifacts.keys()) {
      if (path === '' || name === path || name.startsWith(`${path}/`)) artifacts.delete(name)
    }
  },
  'run.updated': (table, event) => {
    const row = changedRow(table, event)
    if (row < 0) return
    const { name, status, startTime, endTime } = event.data
    if (name !== undefined) table.setName(row, name)
    if (status !== undefined) setStatus(table, row, status)
    if (startTime !== undefined) table.startTimes.data[row] = startTime ?? Number.NaN
    if (endTime !== undefined) table.endTimes.data[row] = endTime ?? Number.NaN
  },
  'run.ended': (table, event) => {
    const row = changedRow(table, event)
    if (row < 0) return
    setStatus(table, row, event.data.status)
    table.endTimes.data[row] = event.data.endTime ?? Number.NaN
    const { error } = event.data
    if (error !== undefined) table.extra(row).error = error
    else delete table.extras.get(row)?.error
  },
  'run.deleted': (table, event) => {
    const row = changedRow(table, event)
    if (row >= 0) table.deleted.data[row] = 1
  },
  'run.restored': (table, event) => {
    const row = changedRow(table, event)
    if (row >= 0) table.deleted.data[row] = 0
  },
}

/** The row of the event's run, which has now changed; -1 for an unknown run. */
const changedRow = (table: RunTable, event: RecordedEvent): number => {
  const row = table.rowOfStream(event.stream)
  if (row === undefined) return -1
  table.setChanged(row, event.position)
  return row
}

const setStatus = (table: RunTable, row: number, status: RunStatus): void => {
  table.statuses.data[row] = runStatuses.indexOf(status)
}

/** Looks each key up once, however many points follow. */
const addPoints = (table: RunTable, row: number, data: MetricColumns): void => {
  const [only] = data.keys
  if (only !== undefined && data.keys.length === 1) {
    const column = table.metricColumn(row, only)
    const slot = column.slots.place(row)
    for (let index = 0; index < data.key.length; index++) column.add(slot, data, index)
    return
  }
  const columns: MetricColumn[] = []
  const slots: number[] = []
  for (const key of data.keys) {
    const column = table.metricColumn(row, key)
    columns.push(column)
    slots.push(column.slots.place(row))
  }
  for (let index = 0; index < data.key.length; index++) {
    const at = data.key[index] ?? 0
    columns[at]?.add(slots[at] ?? 0, data, index)
  }
}
