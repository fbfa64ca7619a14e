/** What belongs to one server, and is no difference. */
interface Own {
  readonly url: string
  readonly folder: string
}

/** The members of a set of Python's, which it prints in any order. */
const sorted = (members: string): string => members.split(', ').sort().join(', ')

const keyOf = (value: unknown): string | undefined =>
  typeof value === 'object' && value !== null && 'key' in value && Object.keys(value).length === 2
    ? String(value.key)
    : undefined

/** Tags as they are: without an order. */
const inOrder = (list: readonly unknown[]): readonly unknown[] =>
  list.every((one) => keyOf(one) !== undefined)
    ? [...list].sort((a, b) => (keyOf(a) ?? '').localeCompare(keyOf(b) ?? ''))
    : list

const ID = /[0-9a-f]{40}|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|[0-9a-f]{32}/g
const SET = /(?<='\{)'[^{}]*'(?=\})/g
const TEMPORARY = /\/tmp\/[^/\s'"]+/g
const RUN_NAME = /\b[a-z]+-[a-z]+-\d{1,3}\b/g
const DATE = /20\d\d-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:\+00:00|Z)?/g
const MILLISECONDS = /\b1[6-9]\d{11}\b/g

/** Makes equal the texts that may differ from one server to another: ids by the order in which they appear. */
const texts = ({ url, folder }: Own): ((value: string) => string) => {
  const known = new Map<string, string>()
  const named = (id: string): string => {
    const name = known.get(id) ?? `<id ${known.size + 1}>`
    known.set(id, name)
    return name
  }
  return (value) =>
    value
      .replaceAll(url, '<server>')
      .replaceAll(new URL(url).host, '<server>')
      .replaceAll(folder, '<folder>')
      .replaceAll(SET, sorted)
      .replaceAll(ID, named)
      .replaceAll(TEMPORARY, '<temporary>')
      .replaceAll(RUN_NAME, '<name>')
      .replaceAll(DATE, '<time>')
      .replaceAll(MILLISECONDS, '<time>')
}

const compared = (value: unknown, text: (value: string) => string): unknown => {
  if (typeof value === 'string') return text(value)
  if (typeof value === 'number') return value > 1.6e12 && value < 2e12 ? '<time>' : value
  if (Array.isArray(value)) return inOrder(value.map((one) => compared(one, text)))
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, one]) => [text(key), compared(one, text)])
  return Object.fromEntries(entries)
}

/** The steps of a scenario, comparable with those that another server gave. */
export const normal = (
  steps: Readonly<Record<string, unknown>>,
  own: Own,
): Readonly<Record<string, unknown>> => {
  const text = texts(own)
  const entries = Object.entries(steps).map(([name, seen]) => [name, compared(seen, text)])
  return Object.fromEntries(entries)
}
