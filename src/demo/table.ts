export interface Column {
  readonly title: string
  /** Numbers stand to the right. */
  readonly align?: 'left' | 'right'
}

/** Lines of text up columns: titles, a rule, and a line for each row. */
export const table = (columns: readonly Column[], rows: readonly (readonly string[])[]): string => {
  const widths = columns.map(({ title }, index) =>
    Math.max(width(title), ...rows.map((row) => width(row[index] ?? ''))),
  )
  const line = (cells: readonly string[]): string =>
    columns
      .map(({ align }, index) => pad(cells[index] ?? '', widths[index] ?? 0, align))
      .join('  ')
      .trimEnd()
  const rule = widths.map((size) => '─'.repeat(size)).join('  ')
  return [line(columns.map(({ title }) => title)), rule, ...rows.map(line)].join('\n')
}

/** Label and value pairs, the values under each other. */
export const facts = (pairs: readonly (readonly [string, string])[]): string => {
  const size = Math.max(...pairs.map(([label]) => width(label)))
  return pairs.map(([label, value]) => `${pad(label, size)}  ${value}`).join('\n')
}

const pad = (text: string, size: number, align: Column['align'] = 'left'): string => {
  const space = ' '.repeat(Math.max(0, size - width(text)))
  return align === 'right' ? space + text : text + space
}

// East Asian wide forms and emoji take two cells of a terminal, marks that combine take none.
const wide =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u
const none = /\p{Mn}|\p{Me}|\p{Cf}/u

/** How many cells of a terminal the text takes. */
export const width = (text: string): number =>
  Array.from(text).reduce((sum, char) => {
    if (none.test(char)) return sum
    return sum + (wide.test(char) ? 2 : 1)
  }, 0)
