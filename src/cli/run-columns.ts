import type { RunRecord } from '../tracking/index.ts'
import { cliError } from './errors.ts'
import { timeText } from './output/print.ts'
import type { Cell } from './output/tables.ts'

type Column = readonly [head: string, of: (run: RunRecord) => Cell]

const own: ReadonlyMap<string, (run: RunRecord) => Cell> = new Map([
  ['id', ({ id }) => id],
  ['name', ({ name }) => name],
  ['experiment', ({ experiment }) => experiment],
  ['status', ({ status }) => status],
  ['user', ({ user }) => user],
  ['started', ({ startTime }) => timeText(startTime)],
  ['ended', ({ endTime }) => timeText(endTime)],
])

const aggregates = ['last', 'first', 'min', 'max', 'count'] as const

type Aggregate = (typeof aggregates)[number]

const isAggregate = (text: string): text is Aggregate => aggregates.some((name) => name === text)

/** A metric as it is typed: `auc`, or `auc@max`; what follows another `@` belongs to its name. */
export const metricOf = (text: string): { readonly key: string; readonly aggregate: Aggregate } => {
  const at = text.lastIndexOf('@')
  const aggregate = text.slice(at + 1)
  if (at > 0 && isAggregate(aggregate)) return { key: text.slice(0, at), aggregate }
  return { key: text, aggregate: 'last' }
}

/** @throws `USAGE` */
const columnOf = (name: string): Column => {
  const known = own.get(name)
  if (known !== undefined) return [name, known]
  const dot = name.indexOf('.')
  const key = name.slice(dot + 1)
  switch (name.slice(0, Math.max(0, dot))) {
    case 'metrics': {
      const metric = metricOf(key)
      return [name, ({ metrics }) => metrics[metric.key]?.[metric.aggregate]]
    }
    case 'params':
      return [name, ({ params }) => params[key]]
    case 'tags':
      return [name, ({ tags }) => tags[key]]
    default:
      throw cliError(
        'USAGE',
        `"${name}" is no column. There are ${[...own.keys()].join(', ')}, and metrics.<name>, params.<name>, tags.<name>.`,
      )
  }
}

const usual = ['id', 'name', 'experiment', 'status', 'started', 'user']

/** The columns of a list of runs: those that identify them, and the names given. @throws `USAGE` */
export const runColumns = (names: readonly string[]): readonly Column[] =>
  (names.length === 0
    ? usual
    : ['id', 'name', ...names.filter((name) => name !== 'id' && name !== 'name')]
  ).map(columnOf)
