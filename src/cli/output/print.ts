import { cliError } from '../errors.ts'
import { print, printLine, shownText } from '../io.ts'
import type { Values } from '../values.ts'
import { type Cell, type Table, type TableForm, tableForms } from './tables.ts'

/** Version of the shape of what `--json` prints: it grows by fields, and changes with the number alone. */
const schema = 1

type Form = TableForm | 'json' | 'jsonl'

const forms: readonly Form[] = ['table', 'md', 'csv', 'tsv', 'json', 'jsonl']

/** @throws `USAGE` where more than one is asked for. */
const formOf = (values: Values): Form => {
  const asked: readonly Form[] = [
    ...(values.flag('json') ? ['json' as const] : []),
    ...(values.flag('jsonl') ? ['jsonl' as const] : []),
    ...forms.filter((known) => known === values.text('format')),
  ]
  const [form = 'table', ...others] = new Set(asked)
  if (others.length === 0) return form
  throw cliError('USAGE', `Both ${form} and ${others.join(' and ')} are asked for. Choose one.`)
}

/** JSON has no word for NaN and the infinities, and none for columns of numbers. */
const plain = (_key: string, value: unknown): unknown => {
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value)
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  return value instanceof Float64Array || value instanceof Uint32Array ? [...value] : value
}

export const jsonOf = (value: unknown): string => JSON.stringify(value, plain)

/** Prints one thing for a program. */
export const printJson = (fields: Readonly<Record<string, unknown>>): Promise<void> =>
  printLine(jsonOf({ schema, ...fields }))

/** What a list shows of each of its items. */
export interface Listing<Item> {
  /** What the items are called, as a field of the JSON: `runs`. */
  readonly name: string
  readonly items: readonly Item[]
  /** By head; an entry that no item fills is shown all the same. */
  readonly columns: readonly (readonly [head: string, of: (item: Item) => Cell])[]
  /** What `-q` prints; without it the first column. */
  readonly id?: (item: Item) => string
}

const tableOf = <Item>({ items, columns }: Listing<Item>): Table => ({
  heads: columns.map(([head]) => head),
  rows: items.map((item) => columns.map(([, of]) => of(item))),
})

/** Prints items in the form that was asked for. */
export const printList = async <Item>(values: Values, listing: Listing<Item>): Promise<void> => {
  const { name, items, columns, id } = listing
  const form = formOf(values)
  if (values.flag('quiet')) {
    const idOf = id ?? ((item: Item) => String(columns[0]?.[1](item) ?? ''))
    for (const item of items) await printLine(shownText(idOf(item)))
    return
  }
  if (form === 'json') return await printJson({ [name]: items })
  if (form === 'jsonl') {
    for (const item of items) await printLine(jsonOf(item))
    return
  }
  const lines = tableForms[form](tableOf(listing))
  await print(`${lines.join('\n')}\n`)
}

/** Prints facts about one thing: as JSON under its name, or line by line. */
export const printFacts = async (
  values: Values,
  thing: Readonly<Record<string, unknown>>,
  facts: readonly (readonly [name: string, value: Cell])[],
): Promise<void> => {
  if (values.flag('json')) return await printJson(thing)
  const shown = facts.filter(([, value]) => value !== null && value !== undefined)
  const width = shown.reduce((most, [name]) => Math.max(most, name.length), 0)
  const lines = shown.map(([name, value]) =>
    `${name.padEnd(width)}  ${shownText(String(value))}`.trimEnd(),
  )
  await print(`${lines.join('\n')}\n`)
}

/** Ms since the epoch as people write it, to the second. */
export const timeText = (time: number | null | undefined): string | undefined =>
  time === null || time === undefined ? undefined : `${new Date(time).toISOString().slice(0, 19)}Z`
