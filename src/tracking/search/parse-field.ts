import { type Cursor, failAt, peek, take } from './cursor.ts'
import { type Aggregate, type AnyField, aggregates, datasetKeys } from './filter.ts'
import { oneOf, suggestion } from './syntax-error.ts'
import type { Token } from './tokens.ts'
import { attributesOf, type Entity, pluralsOf } from './vocabulary.ts'

const reserved = new Set(['and', 'or', 'not', 'in', 'is', 'null', 'like', 'ilike'])

/** Reads a field: ``metrics.auc@max``, ``params.`a key` ``, `status`. */
export const parseField = (cursor: Cursor): AnyField => {
  const token = take(cursor)
  if (token.kind === 'quoted' && token.quote !== "'")
    return attributeField(cursor, token, token.value)
  if (token.kind !== 'word' || reserved.has(token.value.toLowerCase())) {
    return failAt(cursor, token, { expected: cursor.vocabulary.example, hint: hintFor(token) })
  }
  const dot = token.value.indexOf('.')
  if (dot < 0) return attributeField(cursor, token, token.value)
  const entity = entityOf(cursor, token, token.value.slice(0, dot))
  const rest = token.value.slice(dot + 1)
  return rest === '' ? quotedKey(cursor, entity) : bareKey(cursor, entity, { token, rest })
}

const hintFor = (token: Token): string | undefined => {
  if (token.kind === 'quoted') return `Keys come after their kind: params.\`${token.value}\`.`
  return token.kind === 'number' ? 'The field comes first, then the value.' : undefined
}

const entityOf = (cursor: Cursor, token: Token, name: string): Entity => {
  const entity = cursor.vocabulary.entities.get(name)
  if (entity !== undefined) return entity
  const plurals = pluralsOf(cursor.vocabulary)
  return failAt(
    cursor,
    { ...token, end: token.start + name.length },
    {
      expected: oneOf(plurals),
      hint: suggestion(name, plurals),
    },
  )
}

/** A key in quotes right after the dot, and its aggregate right after that. */
const quotedKey = (cursor: Cursor, entity: Entity): AnyField => {
  const token = peek(cursor)
  const { start, end } = cursor.tokens[cursor.next - 1] ?? token
  if (token.kind !== 'quoted' || token.start !== end || token.value === '') {
    return failAt(
      cursor,
      { ...token, start: end },
      {
        expected: 'a key right after the dot',
        hint: `Write ${cursor.source.text.slice(start, end)}key; a key with spaces or signs goes in backquotes.`,
      },
    )
  }
  cursor.next++
  const suffix = peek(cursor)
  const isSuffix = suffix.kind === 'word' && suffix.start === token.end
  if (!isSuffix) return fieldOf(cursor, entity, { token, key: token.value })
  cursor.next++
  if (!suffix.value.startsWith('@')) {
    return failAt(cursor, suffix, { expected: 'an operator after the key' })
  }
  return fieldOf(cursor, entity, { token: suffix, key: token.value, suffix: suffix.value.slice(1) })
}

const bareKey = (
  cursor: Cursor,
  entity: Entity,
  { token, rest }: { readonly token: Token; readonly rest: string },
): AnyField => {
  const sign = rest.indexOf('@')
  const key = sign < 0 ? rest : rest.slice(0, sign)
  const place = { ...token, start: token.end - rest.length + Math.max(sign, 0) }
  if (sign < 0) return fieldOf(cursor, entity, { token: place, key })
  if (key === '') return failAt(cursor, place, { expected: 'a key right after the dot' })
  return fieldOf(cursor, entity, { token: place, key, suffix: rest.slice(sign + 1) })
}

interface KeyRead {
  /** What to point at. */
  readonly token: Token
  readonly key: string
  /** What stood after the `@`. */
  readonly suffix?: string
}

const fieldOf = (cursor: Cursor, entity: Entity, { token, key, suffix }: KeyRead): AnyField => {
  if (entity === 'metric') {
    return { kind: 'metric', key, aggregate: aggregateOf(cursor, token, { key, suffix }) }
  }
  if (suffix !== undefined) {
    return failAt(cursor, token, {
      expected: 'no "@": only metrics have aggregates',
      hint: `If it belongs to the key, quote the key: \`${key}@${suffix}\`.`,
    })
  }
  if (entity === 'dataset') return datasetField(cursor, token, key)
  return entity === 'attribute' ? attributeField(cursor, token, key) : { kind: entity, key }
}

const aggregateOf = (
  cursor: Cursor,
  token: Token,
  { key, suffix }: { readonly key: string; readonly suffix: string | undefined },
): Aggregate => {
  if (suffix === undefined) return 'last'
  const known = aggregates.find((each) => each === suffix.toLowerCase())
  if (known !== undefined) return known
  const near = suggestion(suffix, aggregates)
  return failAt(cursor, token, {
    expected: oneOf(aggregates.map((name) => `@${name}`)),
    hint: near ?? `If it belongs to the key, quote the key: metrics.\`${key}@${suffix}\`.`,
  })
}

const datasetField = (cursor: Cursor, token: Token, name: string): AnyField => {
  const key = datasetKeys.find((each) => each === name)
  if (key !== undefined) return { kind: 'dataset', key }
  return failAt(cursor, token, {
    expected: oneOf(datasetKeys),
    hint: suggestion(name, datasetKeys),
  })
}

const attributeField = (cursor: Cursor, token: Token, given: string): AnyField => {
  const { texts, numbers, aliases } = cursor.vocabulary
  const name = aliases.get(given) ?? given
  if (texts.includes(name)) return { kind: 'text-attribute', name }
  if (numbers.includes(name)) return { kind: 'number-attribute', name }
  const attributes = attributesOf(cursor.vocabulary)
  const plurals = pluralsOf(cursor.vocabulary)
  const near = suggestion(given, [...attributes, ...plurals])
  const keyed = plurals.filter((each) => each !== 'attributes')
  return failAt(cursor, token, {
    expected: `an attribute (${attributes.join(', ')}), or ${keyed.map((each) => `${each}.…`).join(', ')}`,
    hint: near ?? hintForKeys(keyed),
  })
}

const hintForKeys = (plurals: readonly string[]): string =>
  plurals.includes('params')
    ? 'Params, metrics and tags are written with their kind, as in params.model.'
    : 'Tags are written with their kind, as in tags.team.'
