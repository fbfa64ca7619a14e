import type { AnyComparison, AnyField, AnyFilter } from './filter.ts'

const prefixes = { metric: 'metrics', param: 'params', tag: 'tags' } as const

/** A field as it is written in a filter. */
export const fieldText = (field: AnyField): string => {
  switch (field.kind) {
    case 'text-attribute':
    case 'number-attribute':
      return field.name
    case 'dataset':
      return `datasets.${field.key}`
    case 'metric': {
      const suffix = field.aggregate === 'last' ? '' : `@${field.aggregate}`
      return `metrics.${keyText(field.key)}${suffix}`
    }
    case 'param':
    case 'tag':
      return `${prefixes[field.kind]}.${keyText(field.key)}`
  }
}

/**
 * A filter as text that reads back as the same filter.
 *
 * MLflow's quoting has no escape, so a text that holds both kinds of quotes cannot always be written.
 *
 * @throws TypeError for a key or a value that no quotes can hold.
 */
export const filterText = (filter: AnyFilter): string => {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return filter.terms.map(nestedText).join(` ${filter.kind} `)
    case 'not':
      return `not ${nestedText(filter.term)}`
    default:
      return comparisonText(filter)
  }
}

const nestedText = (filter: AnyFilter): string =>
  filter.kind === 'and' || filter.kind === 'or' ? `(${filterText(filter)})` : filterText(filter)

const comparisonText = (comparison: AnyComparison): string => {
  const field = fieldText(comparison.field)
  switch (comparison.kind) {
    case 'number':
      return `${field} ${comparison.operator} ${numberText(comparison.value)}`
    case 'text':
      return `${field} ${comparison.operator} ${inQuotes(comparison.value)}`
    case 'in':
      return `${field} ${comparison.negated ? 'not in' : 'in'} (${comparison.values.map(inQuotes).join(', ')})`
    case 'null':
      return `${field} is ${comparison.negated ? 'not null' : 'null'}`
  }
}

const keyText = (key: string): string => {
  if (/^[\w.]+$/.test(key)) return key
  return key.includes('`') ? inQuotes(key) : `\`${key}\``
}

/** The first kind of quotes that holds the text: doubled quotes stay doubled, an odd one would end it. */
const inQuotes = (text: string): string => {
  if (/^(?:[^']|'')*$/.test(text)) return `'${text}'`
  if (!text.includes('"')) return `"${text}"`
  throw new TypeError(`No quotes can hold the text ${JSON.stringify(text)} in a filter.`)
}

/** A number so large that it reads as infinity is written so that it does again. */
const numberText = (value: number): string => {
  if (Object.is(value, -0)) return '-0'
  return Number.isFinite(value) ? String(value) : `${value < 0 ? '-' : ''}1e999`
}
