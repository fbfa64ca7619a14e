import type {
  AnyComparison,
  DatasetField,
  Filter,
  NumberField,
  OrderBy,
  TextField,
} from './filter.ts'
import { matchNumber, matchText } from './match.ts'
import { compareKeys, type Key } from './ranking.ts'

/**
 * Reads the fields of one kind of thing. A field may hold several values, as the metric of a logged model
 * holds its points: a condition is met when one of them meets it.
 */
export interface FieldReader<Item, Text extends string, Numeric extends string> {
  readonly texts: (item: Item, field: TextField<Text> | DatasetField) => readonly string[]
  readonly numbers: (item: Item, field: NumberField<Numeric>) => Iterable<number>
}

type Test<Item> = (item: Item) => boolean

/** The test of a filter on things that lie in no table. What lacks a field meets none but `is null`. */
export const filterTest = <Item, Text extends string, Numeric extends string>(
  filter: Filter<Text, Numeric>,
  reader: FieldReader<Item, Text, Numeric>,
): Test<Item> => {
  switch (filter.kind) {
    case 'and': {
      const tests = filter.terms.map((term) => filterTest(term, reader))
      return (item) => tests.every((test) => test(item))
    }
    case 'or': {
      const tests = filter.terms.map((term) => filterTest(term, reader))
      return (item) => tests.some((test) => test(item))
    }
    case 'not': {
      const test = filterTest(filter.term, reader)
      return (item) => !test(item)
    }
    case 'number': {
      const { field } = filter
      const test = matchNumber(filter.operator, filter.value)
      return (item) => someOf(reader.numbers(item, field), test)
    }
    case 'null': {
      const { field, negated } = filter
      return (item) => someOf(valuesOf(reader, item, field), () => true) === negated
    }
    default: {
      const { field } = filter
      // `as`: how a text is compared does not depend on the names of attributes.
      const { test } = matchText(filter as Extract<AnyComparison, { kind: 'text' | 'in' }>)
      return (item) => reader.texts(item, field).some(test)
    }
  }
}

const someOf = <T>(values: Iterable<T>, test: (value: T) => boolean): boolean => {
  for (const value of values) if (test(value)) return true
  return false
}

const valuesOf = <Item, Text extends string, Numeric extends string>(
  reader: FieldReader<Item, Text, Numeric>,
  item: Item,
  field: TextField<Text> | NumberField<Numeric>,
): Iterable<number | string> =>
  field.kind === 'metric' || field.kind === 'number-attribute'
    ? reader.numbers(item, field)
    : reader.texts(item, field)

/** What things are ordered by first, second, …; `undefined` where one lacks it. */
export interface SortKey<Item> {
  readonly of: (item: Item) => Key
  readonly descending: boolean
}

/** The keys of an order over fields that hold one value each. */
export const sortKeys = <Item, Text extends string, Numeric extends string>(
  orderBy: readonly OrderBy<Text, Numeric>[],
  reader: FieldReader<Item, Text, Numeric>,
): readonly SortKey<Item>[] =>
  orderBy.map(({ field, descending }) => ({
    descending,
    of: (item) => {
      const [first] = valuesOf(reader, item, field)
      return first
    },
  }))

/** Sorts; what lacks a key comes last in either direction, after NaN, after numbers. */
export const sortedBy = <Item>(
  items: readonly Item[],
  keys: readonly SortKey<Item>[],
): readonly Item[] => {
  const keyed = items.map((item) => ({ item, keys: keys.map(({ of }) => of(item)) }))
  keyed.sort((a, b) => {
    for (const [at, { descending }] of keys.entries()) {
      const order = compareKeys(a.keys[at], b.keys[at], descending)
      if (order !== 0) return order
    }
    return 0
  })
  return keyed.map(({ item }) => item)
}
