import { describe, expect, it } from 'vitest'
import { modelFilter, modelOrder, versionFilter, versionOrder } from './registry-filter.ts'

const noPrompt = "not tags.mlflow.prompt.is_prompt = 'true'"

describe('a filter about models', () => {
  it.each([
    ['', noPrompt],
    [
      "name like 'a%' AND AND tag.`a b` != \"it's\"",
      `name like 'a%' and tags.\`a b\` != "it's" and ${noPrompt}`,
    ],
    ["attribute.name NOT IN ('a', 'b',)", `name not in ('a', 'b') and ${noPrompt}`],
    ["tags.`mlflow.prompt.is_prompt` = 'true'", "tags.mlflow.prompt.is_prompt = 'true'"],
    ["tags.mlflow.prompt.is_prompt != 'false'", "tags.mlflow.prompt.is_prompt = 'true'"],
    ["tag.`mlflow.prompt.is_prompt` != 'true' AND name = 'a'", `${noPrompt} and name = 'a'`],
    ["tags.mlflow.prompt.is_prompt = 'false'", noPrompt],
    [
      "tags.mlflow.prompt.is_prompt LIKE 't%'",
      `tags.mlflow.prompt.is_prompt like 't%' and ${noPrompt}`,
    ],
  ])('%j is, in the grammar of varve, %j', (filter, expected) => {
    expect(modelFilter(filter)).toBe(expected)
  })

  it.each([
    ["run_id = 'a'", "Invalid attribute key 'run_id' specified. Valid keys are '{'name'}'"],
    ["`name` = 'a'", "Invalid attribute key '`name`' specified"],
    ["alias = 'a'", "Invalid clause(s) in filter string: alias, =, 'a'"],
    ["name > 'a'", 'Invalid comparator for attribute: >'],
    ["tags.a > 'a'", 'Invalid comparator for tag: >'],
    ['tags.a IS NULL', 'IS NULL / IS NOT NULL is not supported'],
    [`tags.a = 'a"b''c' AND tags.b = "it's 'x' ""y"""`, 'both kinds of quotes'],
  ])('%j is refused', (filter, message) => {
    expect(() => modelFilter(filter)).toThrow(message)
  })
})

describe('a filter about versions', () => {
  it.each([
    ["version_number > '1' AND name='m'", `version_number > 1 and name = 'm' and ${noPrompt}`],
    ["run_id = 'r'", `run_id = 'r' and ${noPrompt}`],
    ["run_id != 'r'", `(run_id != 'r' or run_id is null) and ${noPrompt}`],
    ["run_id NOT IN ('r')", `(run_id not in ('r') or run_id is null) and ${noPrompt}`],
    ["run_id IN ('', 'r')", `(run_id in ('', 'r') or run_id is null) and ${noPrompt}`],
    ["run_id LIKE '%'", `(run_id like '%' or run_id is null) and ${noPrompt}`],
    ["run_id LIKE '_%'", `run_id like '_%' and ${noPrompt}`],
    ["source_path ILIKE 'S3%'", `source_path ilike 'S3%' and ${noPrompt}`],
  ])('%j is, in the grammar of varve, %j', (filter, expected) => {
    expect(versionFilter(filter)).toBe(expected)
  })

  it.each([
    ['version_number > 1.5', "Invalid value for numeric attribute 'version_number': 1.5"],
    ['version_number LIKE 1', 'Invalid comparator for attribute version_number: LIKE'],
    ["source_path IN ('a')", 'Invalid comparator for attribute: IN'],
    ["version = '1'", "Invalid clause(s) in filter string: version, =, '1'"],
  ])('%j is refused', (filter, message) => {
    expect(() => versionFilter(filter)).toThrow(message)
  })
})

describe('an order', () => {
  it('of models is by name or by time', () => {
    expect(modelOrder(['timestamp DESC', 'name'])).toEqual([
      'last_updated_timestamp desc',
      'name asc',
    ])
    expect(() => modelOrder(['creation_timestamp'])).toThrow('Invalid order by key')
    expect(() => modelOrder(['timestamp', 'last_updated_timestamp'])).toThrow('duplicate fields')
  })

  it('of versions is by what all of them have', () => {
    expect(versionOrder(['attribute.version_number', 'name DESC'])).toEqual([
      'version_number asc',
      'name desc',
    ])
    expect(() => versionOrder(['timestamp'])).toThrow("Invalid attribute key 'timestamp'")
    expect(() => versionOrder(['tags.t'])).toThrow("Invalid order by key 't' specified")
    expect(() => versionOrder(['name sideways'])).toThrow('Invalid ordering key')
  })
})
