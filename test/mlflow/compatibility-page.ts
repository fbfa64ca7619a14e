import type { Difference } from './differences.ts'
import type { Seen } from './play.ts'

const titleOf = (scenario: string): string => scenario.replaceAll('_', ' ')

/** Code in which a backtick may stand, inside a table or a list. */
const code = (text: string): string => (text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``)

const grouped = <Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
): ReadonlyMap<string, readonly Item[]> => {
  const groups = new Map<string, Item[]>()
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item])
  return groups
}

const rowsOf = (
  seen: ReadonlyMap<string, Seen>,
  differences: readonly Difference[],
): readonly (readonly string[])[] =>
  [...seen].map(([scenario, { steps }]) => {
    const others = differences.filter((one) => one.scenario === scenario).length
    return [titleOf(scenario), `${Object.keys(steps).length}`, others === 0 ? '' : `${others}`]
  })

/** A table whose columns are as wide as their widest cell. */
const tableOf = (
  head: readonly string[],
  rows: readonly (readonly string[])[],
): readonly string[] => {
  const widths = head.map((_, at) =>
    Math.max(3, ...[head, ...rows].map((row) => row[at]?.length ?? 0)),
  )
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)]
}

const reasonsOf = (differences: readonly Difference[]): readonly string[] =>
  [...grouped(differences, ({ why }) => why)].flatMap(([why, items]) => [
    `- ${why}:`,
    ...[...grouped(items, ({ scenario }) => scenario)].map(
      ([scenario, steps]) =>
        `  - ${titleOf(scenario)}: ${steps.map(({ step }) => code(step)).join(', ')}`,
    ),
  ])

/** What a run of all scenarios came to, as a page of the documentation. */
export const compatibilityPage = (
  seen: ReadonlyMap<string, Seen>,
  differences: readonly Difference[],
): string => {
  const steps = [...seen.values()].reduce((sum, one) => sum + Object.keys(one.steps).length, 0)
  return `${[
    "# What MLflow's client sees",
    '',
    "`npm run test:mlflow` has the unmodified Python client of MLflow 3.17.2 play scenarios against MLflow's own",
    'server (on SQLite) and against this one, side by side, and compares what the client sees: results, tables, files,',
    'predictions, and the class, code, status and text of errors. Ids, times and names made up by chance count as equal.',
    'This page is written by that run (`npm run test:mlflow -- --update`).',
    '',
    `${seen.size} scenarios see ${steps} things; ${differences.length} of them differ, each on purpose.`,
    '',
    '## Scenarios',
    '',
    ...tableOf(['scenario', 'sees', 'differ'], rowsOf(seen, differences)),
    '',
    '## Differences',
    '',
    ...reasonsOf(differences),
    '',
    'A difference that is not listed fails the run, as does a listed one that is gone.',
  ].join('\n')}\n`
}
