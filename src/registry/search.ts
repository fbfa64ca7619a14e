import * as v from 'valibot'
import { checked } from '../kernel/check.ts'
import {
  type Entity,
  type FieldReader,
  filterTest,
  pageToken,
  parseFilterOf,
  parseOrderOf,
  readPageToken,
  type SortKey,
  sortedBy,
  sortKeys,
  type Vocabulary,
} from '../tracking/index.ts'
import { modelEntity, versionEntity } from './entities.ts'
import type { ModelVersion, RegisteredModel } from './model.ts'
import type { ModelState, VersionState } from './model-state.ts'
import { valuesOf } from './persistent.ts'

/** What to search for among models, or among versions; every part may be left out. */
export interface RegistryQuery {
  /** MLflow's filter grammar with `or`, `not` and parentheses: `name like 'churn%' and tags.team = 'growth'`. */
  readonly filter?: string
  /** `name`, `last_updated_timestamp desc`. */
  readonly orderBy?: readonly string[]
  /** From 1 to 200 000; default 100. */
  readonly limit?: number
  /** `nextPageToken` of the page before, with the same query. */
  readonly pageToken?: string
}

export interface ModelPage {
  readonly models: readonly RegisteredModel[]
  /** Absent on the last page. */
  readonly nextPageToken?: string
}

export interface VersionPage {
  readonly versions: readonly ModelVersion[]
  /** Absent on the last page. */
  readonly nextPageToken?: string
}

const queryInput = v.optional(
  v.strictObject({
    filter: v.optional(v.string(), ''),
    orderBy: v.optional(v.array(v.string()), []),
    limit: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(200_000)), 100),
    pageToken: v.optional(v.string()),
  }),
  {},
)

const entities: ReadonlyMap<string, Entity> = new Map([
  ['attributes', 'attribute'],
  ['attribute', 'attribute'],
  ['attr', 'attribute'],
  ['tags', 'tag'],
  ['tag', 'tag'],
])

const times = ['creation_timestamp', 'last_updated_timestamp'] as const
const timeAliases = [
  ['creation_time', 'creation_timestamp'],
  ['last_updated_time', 'last_updated_timestamp'],
  ['timestamp', 'last_updated_timestamp'],
] as const

/** What lies in a registry, as a search looks at it. */
interface Kind<Item, Text extends string, Numeric extends string> {
  readonly vocabulary: Vocabulary<Text, Numeric>
  readonly text: Readonly<Record<Text, (item: Item) => string | undefined>>
  readonly number: Readonly<Record<Numeric, (item: Item) => number>>
  readonly tag: (item: Item, key: string) => string | undefined
  /** The order where none is asked for, and what decides where the given one does not. */
  readonly unasked: readonly SortKey<Item>[]
  readonly ties: readonly SortKey<Item>[]
}

const readerOf = <Item, Text extends string, Numeric extends string>(
  kind: Kind<Item, Text, Numeric>,
): FieldReader<Item, Text, Numeric> => ({
  numbers: (item, field) =>
    field.kind === 'number-attribute' ? [kind.number[field.name](item)] : [],
  texts: (item, field) => {
    let value: string | undefined
    if (field.kind === 'text-attribute') value = kind.text[field.name](item)
    else if (field.kind === 'tag') value = kind.tag(item, field.key)
    return value === undefined ? [] : [value]
  },
})

const models: Kind<ModelState, 'name' | 'description', (typeof times)[number]> = {
  vocabulary: {
    texts: ['name', 'description'],
    numbers: times,
    aliases: new Map(timeAliases),
    entities,
    example: 'a field such as name or tags.team',
  },
  text: { name: ({ name }) => name, description: ({ description }) => description },
  number: {
    creation_timestamp: ({ createdTime }) => createdTime,
    last_updated_timestamp: ({ updatedTime }) => updatedTime,
  },
  tag: ({ tags }, key) => tags.get(key),
  unasked: [],
  ties: [{ of: ({ name }) => name, descending: false }],
}

/** A version, and the model that it is of. */
interface VersionItem {
  readonly model: ModelState
  readonly version: VersionState
}

const versionTexts = [
  'name',
  'source_path',
  'run_id',
  'model_id',
  'stage',
  'user_id',
  'description',
] as const
const versionNumbers = ['version_number', ...times] as const
const updatedTimeOf = ({ model, version }: VersionItem): number =>
  Math.max(version.updatedTime, model.renamedTime ?? 0)

const versions: Kind<VersionItem, (typeof versionTexts)[number], (typeof versionNumbers)[number]> =
  {
    vocabulary: {
      texts: versionTexts,
      numbers: versionNumbers,
      aliases: new Map([
        ...timeAliases,
        ['version', 'version_number'] as const,
        ['source', 'source_path'] as const,
        ['current_stage', 'stage'] as const,
      ]),
      entities,
      example: 'a field such as name, run_id, version_number or tags.team',
      // MLflow's clients know version numbers as text.
      quotedNumbers: true,
    },
    text: {
      name: ({ model }) => model.name,
      source_path: ({ version }) => version.origin.source,
      run_id: ({ version }) => version.origin.run,
      model_id: ({ version }) => version.origin.loggedModel,
      stage: ({ version }) => version.stage,
      user_id: ({ version }) => version.user,
      description: ({ version }) => version.description,
    },
    number: {
      version_number: ({ version }) => version.version,
      creation_timestamp: ({ version }) => version.createdTime,
      last_updated_timestamp: updatedTimeOf,
    },
    tag: ({ version }, key) => version.tags.get(key),
    unasked: [{ of: updatedTimeOf, descending: true }],
    ties: [
      { of: ({ model }) => model.name, descending: false },
      { of: ({ version }) => version.version, descending: true },
    ],
  }

/** What a search looks at: the models that were there at a position. */
export interface SearchedModels {
  /** The last position that counts. */
  readonly last: number
  readonly at: (position: number) => Promise<readonly ModelState[]>
}

interface Found<Item> {
  readonly items: readonly Item[]
  readonly next?: string
}

const search = async <Item, Text extends string, Numeric extends string>(
  kind: Kind<Item, Text, Numeric>,
  { query, what }: { readonly query: unknown; readonly what: string },
  items: SearchedModels & { readonly of: (models: readonly ModelState[]) => readonly Item[] },
): Promise<Found<Item>> => {
  const { limit, pageToken: token, ...asked } = checked(queryInput, query, what)
  const reader = readerOf(kind)
  const test = filterTest(parseFilterOf(asked.filter, kind.vocabulary), reader)
  const given = sortKeys(parseOrderOf(asked.orderBy, kind.vocabulary), reader)
  const keys = [...(given.length === 0 ? kind.unasked : given), ...kind.ties]
  const { last } = items
  const signed = { what, ...asked }
  const start = token === undefined ? undefined : readPageToken(token, { query: signed, last })
  const { position, offset } = start ?? { position: last, offset: 0 }
  const all = items.of(await items.at(position))
  const found = sortedBy(all.filter(test), keys)
  const end = offset + limit
  const page = found.slice(offset, end)
  if (found.length <= end) return { items: page }
  return { items: page, next: pageToken({ position, offset: end }, signed) }
}

/** @throws `FILTER_SYNTAX`, `ORDER_SYNTAX`, `PAGE_TOKEN_INVALID`, `INVALID_VALUE` */
export const searchModels = async (
  from: SearchedModels,
  query: RegistryQuery | undefined,
): Promise<ModelPage> => {
  const asked = { query, what: 'registry.searchModels' }
  const { items, next } = await search(models, asked, { ...from, of: (found) => found })
  const page = { models: items.map(modelEntity) }
  return next === undefined ? page : { ...page, nextPageToken: next }
}

/** @throws `FILTER_SYNTAX`, `ORDER_SYNTAX`, `PAGE_TOKEN_INVALID`, `INVALID_VALUE` */
export const searchVersions = async (
  from: SearchedModels,
  query: RegistryQuery | undefined,
): Promise<VersionPage> => {
  const asked = { query, what: 'registry.searchVersions' }
  const { items, next } = await search(versions, asked, { ...from, of: versionItems })
  const page = { versions: items.map(({ model, version }) => versionEntity(model, version)) }
  return next === undefined ? page : { ...page, nextPageToken: next }
}

const versionItems = (found: readonly ModelState[]): readonly VersionItem[] =>
  found.flatMap((model) =>
    valuesOf(model.versions)
      .filter(({ lifecycle }) => lifecycle === 'active')
      .map((version) => ({ model, version })),
  )
