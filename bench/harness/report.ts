import type { Budget } from './claim.ts'
import type { Machine } from './machine.ts'
import type { Result } from './measure.ts'

/** What one run of the bench found, as it is kept. */
export interface Report {
  /** ISO 8601. */
  readonly measuredAt: string
  /** Smaller inputs: no claim. */
  readonly quick: boolean
  readonly machine: Machine
  readonly results: readonly Result[]
}

/** Three significant digits, thousands apart. */
const figure = (value: number): string =>
  value >= 1000
    ? Number(value.toPrecision(3)).toLocaleString('en').replaceAll(',', ' ')
    : String(Number(value.toPrecision(3)))

const budgetText = (budget: Budget | undefined, { better, unit }: Result): string => {
  if (budget === undefined) return ''
  const sign = better === 'higher' ? '≥' : '≤'
  return budget.of === 'ratio'
    ? `${sign} ${budget.limit} ×`
    : `${sign} ${figure(budget.limit)} ${unit}`
}

const verdict = ({ budget, holds }: Result): string => {
  if (budget === undefined) return ''
  return holds ? 'holds' : '**does not hold**'
}

const floorText = ({ floor, floorBudget }: Result): string => {
  if (floor === undefined) return ''
  const { value, ofFloor, ofTheirs } = floor
  const held = floorBudget === undefined ? '' : ` (≥ ${floorBudget} ×)`
  return `${figure(value)}: ours ${figure(ofFloor)} ×${held}, itself ${figure(ofTheirs)} ×`
}

const header = ['claim', 'value', 'against', 'ratio (least–greatest)', 'floor', 'budget', '']

const cellsOf = (result: Result): string[] => [
  `\`${result.name}\``,
  `${figure(result.value)} ${result.unit}`,
  `${result.against}, ${figure(result.other)}`,
  `${figure(result.ratio)} (${figure(result.least)}–${figure(result.greatest)})`,
  floorText(result),
  budgetText(result.budget, result),
  verdict(result),
]

/** The results as a Markdown table, whose columns also line up as plain text. */
export const tableOf = (results: readonly Result[]): string => {
  const rows = [header, ...results.map(cellsOf)]
  const widths = header.map((_, column) =>
    Math.max(3, ...rows.map((row) => row[column]?.length ?? 0)),
  )
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  const [head = '', ...body] = rows.map(line)
  return [head, line(widths.map((width) => '-'.repeat(width))), ...body].join('\n')
}

/** One sentence on where the figures are from. */
export const machineText = ({ machine }: Report): string => {
  const { cpu, cores, memoryGiB, system, disk, node, versions } = machine
  const named = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
  return `${cpu}, ${cores} cores, ${memoryGiB} GiB, ${system}, ${disk}; Node ${node}; ${named.join(', ')}.`
}

/** One line of JSON for a claim. */
export const jsonLine = (result: Result): string => {
  const { name, value, unit, against, ratio, floor, floorBudget, budget, holds } = result
  return JSON.stringify({
    claim: name,
    value: Number(value.toPrecision(4)),
    unit,
    against,
    ratio: Number(ratio.toPrecision(4)),
    ...(floor === undefined ? {} : { floor: Number(floor.value.toPrecision(4)) }),
    ...(floor === undefined ? {} : { ofFloor: Number(floor.ofFloor.toPrecision(4)) }),
    ...(floorBudget === undefined ? {} : { floorBudget }),
    budget: budget?.limit ?? null,
    budgetOf: budget?.of ?? null,
    holds,
  })
}
