import { describe, expect, it } from 'vitest'
import { loggedModelFilter, loggedModelOrder } from './logged-model-filter.ts'

describe('a filter about logged models', () => {
  it.each([
    ['', ''],
    ["name = 'm' and metrics.acc >= -1e3", "name = 'm' and metrics.acc >= -1000"],
    ['attributes.name = m', "name = 'm'"],
    ['experiment_id = 1', "experiment_id = '1'"],
    [
      'creation_timestamp_ms > 5 AND last_updated_time < 9',
      'creation_timestamp > 5 and last_updated_timestamp < 9',
    ],
    ["params.`a b` NOT IN ('x', 'y')", "params.`a b` not in ('x', 'y')"],
    ["status = 'LOGGED_MODEL_READY'", "status = 'READY'"],
    ["status IN ('LOGGED_MODEL_READY', 'PENDING')", "status in ('READY', 'PENDING')"],
    ["tags.status = 'LOGGED_MODEL_READY'", "tags.status = 'LOGGED_MODEL_READY'"],
    // What is in double quotes keeps them.
    ['name = "m"', 'name = \'"m"\''],
    ["lifecycle_stage = 'active' AND name = 'm'", "name = 'm'"],
    ["lifecycle_stage != 'deleted'", ''],
    ["lifecycle_stage LIKE 'act%'", ''],
  ])('%j is, in the grammar of varve, %j', (filter, expected) => {
    expect(loggedModelFilter(filter)).toBe(expected)
  })

  it.each([
    "lifecycle_stage = 'deleted'",
    "lifecycle_stage NOT IN ('active')",
    "lifecycle_stage ILIKE 'DEL%' AND name = 'm'",
  ])('%j is met by none', (filter) => {
    expect(loggedModelFilter(filter)).toBeUndefined()
  })

  it.each([
    [
      "tag.t = 'w'",
      "Invalid entity type: 'tag'. Expected one of ['attributes', 'metrics', 'params', 'tags'].",
    ],
    ["name > 'a'", "Invalid comparison operator for attributes.name: '>'"],
    ['metrics.acc LIKE 1', "Invalid comparison operator for metrics.acc: 'LIKE'"],
    ["metrics.acc > '1'", 'Expected a number'],
    ["name IN 'a'", 'Expected a list of texts'],
    ["bogus = 'x'", "Invalid attribute key 'bogus'"],
    ["name = 'a' OR name = 'b'", "Expected a list of comparisons separated by 'AND'"],
    [' ', "Invalid filter string: ' '. Expected a single SQL expression."],
    ["name = 'a'; name = 'b'", 'Expected a single SQL expression.'],
    ['params.p IS NULL', "Invalid comparison operator for params.p: 'IS NULL'"],
  ])('%j is refused', (filter, message) => {
    expect(() => loggedModelFilter(filter)).toThrow(message)
  })
})

describe('an order of logged models', () => {
  it.each([
    ['name', 'name'],
    ['creation_time', 'creation_timestamp'],
    ['metrics.a b', 'metrics.`a b`'],
    ['metrics.`acc`', 'metrics.acc'],
    ['metrics.acc@max', 'metrics.`acc@max`'],
    ['lifecycle_stage', undefined],
  ])('by %j is by %j', (field, expected) => {
    expect(loggedModelOrder(field)).toBe(expected)
  })

  it.each([
    ['params.p', 'Only metrics are supported'],
    ['attributes.name', 'Only metrics are supported'],
    ['bogus', 'Invalid order by field name: bogus'],
    ['', 'Invalid order by field name: '],
  ])('by %j is refused', (field, message) => {
    expect(() => loggedModelOrder(field)).toThrow(message)
  })

  it('by a metric that no quotes can hold is refused', () => {
    expect(() => loggedModelOrder('metrics.a`b\'c"d')).toThrow('quotes')
  })
})
