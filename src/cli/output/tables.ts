import { shownText } from '../io.ts'
import { padded, widthOf } from './width.ts'

/** What a field of a table holds; nothing is shown for `null` and `undefined`. */
export type Cell = string | number | null | undefined

/** Rows under heads, before they have a form. */
export interface Table {
  readonly heads: readonly string[]
  readonly rows: readonly (readonly Cell[])[]
}

/** Numbers as people compare them: six digits say enough. */
const short = (cell: Cell): string => {
  if (cell === null || cell === undefined) return ''
  if (typeof cell === 'string') return shownText(cell)
  return Number.isFinite(cell) && !Number.isInteger(cell)
    ? String(Number(cell.toPrecision(6)))
    : String(cell)
}

const exact = (cell: Cell): string => (cell === null || cell === undefined ? '' : String(cell))

const isNumeric = (rows: Table['rows'], at: number): boolean => {
  const filled = rows.map((row) => row[at]).filter((cell) => cell !== null && cell !== undefined)
  return filled.length > 0 && filled.every((cell) => typeof cell === 'number')
}

/** A value that is a text of its own would push everything else off the screen; other forms hold all of it. */
const most = 60

const clipped = (text: string): string =>
  text.length <= most ? text : `${[...text].slice(0, most - 1).join('')}…`

const aligned = ({ heads, rows }: Table): readonly string[] => {
  const texts = [
    heads.map((head) => shownText(head)),
    ...rows.map((row) => row.map((cell) => clipped(short(cell)))),
  ]
  const widths = heads.map((_, at) =>
    texts.reduce((width, row) => Math.max(width, widthOf(row[at] ?? '')), 0),
  )
  const right = heads.map((_, at) => isNumeric(rows, at))
  return texts.map((row) =>
    row
      .map((text, at) => padded(text, widths[at] ?? 0, right[at] ?? false))
      .join('  ')
      .trimEnd(),
  )
}

/** Markdown reads these as its own; a line break cannot stand in a table at all. */
const markdownText = (text: string): string => text.replaceAll(/[\\|<>`*_[\]]/g, '\\$&')

const markdown = ({ heads, rows }: Table): readonly string[] => {
  const line = (texts: readonly string[]): string => `| ${texts.join(' | ')} |`
  const rule = heads.map((_, at) => (isNumeric(rows, at) ? '--:' : '---'))
  return [
    line(heads.map((head) => markdownText(shownText(head)))),
    line(rule),
    ...rows.map((row) => line(row.map((cell) => markdownText(short(cell))))),
  ]
}

/** RFC 4180. */
const csvField = (text: string): string =>
  /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text

const csv = ({ heads, rows }: Table): readonly string[] =>
  [heads, ...rows].map((row) => row.map((cell) => csvField(exact(cell))).join(','))

const tsv = ({ heads, rows }: Table): readonly string[] =>
  [heads, ...rows].map((row) => row.map((cell) => shownText(exact(cell))).join('\t'))

export const tableForms = { table: aligned, md: markdown, csv, tsv } as const

export type TableForm = keyof typeof tableForms
