import type { RunComparison } from '../../tracking/index.ts'
import type { CommandRun } from '../command.ts'
import { printJson, printList } from '../output/print.ts'
import type { Cell } from '../output/tables.ts'
import { withView } from '../with-store.ts'

interface Row {
  readonly what: string
  readonly key: string
  readonly values: readonly Cell[]
}

const rowsOf = ({ params, metrics, tags, data, code }: RunComparison): readonly Row[] => [
  ...params.map(({ key, values }) => ({ what: 'param', key, values })),
  ...metrics.map(({ key, values }) => ({
    what: 'metric',
    key,
    values: values.map((metric) => metric?.last),
  })),
  ...data.map(({ key, values }) => ({
    what: 'data',
    key,
    values: values.map((version) => version?.digest),
  })),
  ...code.map(({ key, values }) => ({ what: 'code', key, values })),
  ...tags.map(({ key, values }) => ({ what: 'tag', key, values })),
]

/** Names of runs are short, and not always of one run alone. */
const headsOf = ({ runs }: RunComparison): readonly string[] =>
  runs.map(({ id, name }) =>
    runs.filter((other) => other.name === name).length > 1 ? `${name} (${id})` : name,
  )

export const run: CommandRun = async ({ args: ids, values }) => {
  const onlyDifferent = values.flag('diff-only')
  const comparison = await withView(values, (view) => view.runs.compare(ids, { onlyDifferent }))
  if (values.flag('json') || values.text('format') === 'json') {
    await printJson({ comparison })
    return undefined
  }
  const heads = headsOf(comparison)
  await printList(values, {
    name: 'rows',
    items: rowsOf(comparison),
    columns: [
      ['what', ({ what }) => what],
      ['key', ({ key }) => key],
      ...heads.map((head, at) => [head, (row: Row) => row.values[at]] as const),
    ],
    id: ({ key }) => key,
  })
  return undefined
}
