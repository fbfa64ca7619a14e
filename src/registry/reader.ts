import * as v from 'valibot'
import { checked } from '../kernel/check.ts'
import type { Reader } from '../kernel/engine.ts'
import { type AsOf, currentAsOf, currentNow, modelAsOf, resolveAsOf } from './as-of.ts'
import { aliasesByVersion, modelEntity, transitionEntity, versionEntity } from './entities.ts'
import { type ListQuery, listQuery, versionNumber } from './inputs.ts'
import { knownStage, liveVersion, modelNotFound } from './lookup.ts'
import { isRegistryEvent } from './model.fold.ts'
import type {
  CurrentVersion,
  ModelVersion,
  RegisteredModel,
  ResolvedModel,
  Transition,
} from './model.ts'
import { type ModelState, standingIn, versionState } from './model-state.ts'
import { valuesOf } from './persistent.ts'
import type { RegistryState } from './registry.fold.ts'
import {
  type ModelPage,
  type RegistryQuery,
  type SearchedModels,
  searchModels,
  searchVersions,
  type VersionPage,
} from './search.ts'
import { bearerAsOf, valueAsOf } from './timelines.fold.ts'

/** What can be asked of the registry, now or as of a moment. */
export interface RegistryView {
  /**
   * Gives a model by name.
   *
   * @throws `MODEL_NOT_FOUND`, `INVALID_VALUE`
   */
  get(model: string): Promise<RegisteredModel>
  /** Lists models by name; those that are not deleted unless asked otherwise. @throws `INVALID_VALUE` */
  list(query?: ListQuery): Promise<readonly RegisteredModel[]>
  /**
   * Gives a version of a model by number.
   *
   * @throws `MODEL_NOT_FOUND`, `VERSION_NOT_FOUND`, `INVALID_VALUE`
   */
  version(model: string, version: number): Promise<ModelVersion>
  /** Lists the versions of a model by number. @throws `MODEL_NOT_FOUND`, `INVALID_VALUE` */
  versions(model: string): Promise<readonly ModelVersion[]>
  /**
   * Gives the version with the highest number in each stage, or in each of the given stages that has one:
   * what MLflow's clients call the latest, where {@link current} is the one that entered last. The stage in
   * which the lowest number stands comes first.
   *
   * @throws `MODEL_NOT_FOUND`, `STAGE_INVALID`, `INVALID_VALUE`
   */
  latestVersions(model: string, stages?: readonly string[]): Promise<readonly ModelVersion[]>
  /**
   * Models that are not deleted and meet a filter, by name unless ordered otherwise. Later pages show the same
   * moment as the first, whatever is written meanwhile.
   *
   * @throws `FILTER_SYNTAX`, `ORDER_SYNTAX`, `PAGE_TOKEN_INVALID`, `INVALID_VALUE`
   */
  searchModels(query?: RegistryQuery): Promise<ModelPage>
  /**
   * Versions that are not deleted and meet a filter, the latest updated first unless ordered otherwise. Pages
   * are as those of {@link searchModels}.
   *
   * @throws `FILTER_SYNTAX`, `ORDER_SYNTAX`, `PAGE_TOKEN_INVALID`, `INVALID_VALUE`
   */
  searchVersions(query?: RegistryQuery): Promise<VersionPage>
  /**
   * Gives the version that a stage (in any case) or an alias stands for, with who put it there and why;
   * `undefined` when there is none. `@name` is always an alias.
   *
   * @throws `INVALID_VALUE`
   */
  current(model: string, stageOrAlias: string): Promise<CurrentVersion | undefined>
  /**
   * Resolves `models:/<name>/<stage>`, `/<version>`, `/latest` or `@<alias>` to where the bytes are.
   *
   * @throws `URI_INVALID`, `MODEL_NOT_FOUND`, `VERSION_NOT_FOUND`, `STAGE_INVALID`, `ALIAS_NOT_FOUND`
   */
  resolve(uri: string): Promise<ResolvedModel>
  /**
   * Gives every move of the model's versions, oldest first; of a name that nobody bears now, those of the
   * model that bore it last.
   *
   * @throws `MODEL_NOT_FOUND`, `INVALID_VALUE`
   */
  history(model: string): Promise<readonly Transition[]>
}

/** What a view is made from. */
export interface ViewSources {
  readonly reader: Reader
  /** The state of the live fold; it holds every position up to `position`, and may be beyond. */
  readonly state: () => RegistryState
  /** The last position that counts, or how to find it; `Infinity` for all there is. */
  readonly position: number | (() => number | Promise<number>)
}

const textOf = (value: string, what: string): string =>
  typeof value === 'string' ? value : checked(v.string(), value, what)

/** The registry as of a position. */
export const registryAsOf = (sources: ViewSources): RegistryView => {
  const { reader, state, position } = sources
  const asOf = async (): Promise<AsOf> => ({
    position: typeof position === 'number' ? position : await position(),
    state: state(),
  })
  const named = async (model: string, what: string): Promise<ModelState> => {
    const name = textOf(model, `${what}: model`)
    const at = await asOf()
    const bearer = valueAsOf(at.state.timelines.names.get(name), at.position)
    const found = bearer === undefined ? undefined : await modelAsOf(at, reader, bearer.stream)
    if (found === undefined) throw modelNotFound(name)
    return found
  }
  return {
    get: async (model) => modelEntity(await named(model, 'registry.get')),
    list: async (query = {}) => {
      const wanted = checked(listQuery, query, 'registry.list')
      return listed(await asOf(), reader, wanted)
    },
    version: async (model, version) => {
      const number = checked(versionNumber, version, 'registry.version: version')
      const found = await named(model, 'registry.version')
      return versionEntity(found, liveVersion(found, number))
    },
    versions: async (model) => {
      const found = await named(model, 'registry.versions')
      const aliases = aliasesByVersion(found.aliases)
      return valuesOf(found.versions)
        .filter(({ lifecycle }) => lifecycle === 'active')
        .map((version) => versionEntity(found, version, aliases))
    },
    latestVersions: async (model, stages) => {
      const wanted = checked(stageList, stages, 'registry.latestVersions: stages')
      return latestIn(await named(model, 'registry.latestVersions'), wanted)
    },
    searchModels: async (query) => searchModels(searched(await asOf(), reader), query),
    searchVersions: async (query) => searchVersions(searched(await asOf(), reader), query),
    current: async (model, stageOrAlias) => {
      const name = textOf(model, 'registry.current: model')
      const reference = textOf(stageOrAlias, 'registry.current: stage or alias')
      if (position === Number.POSITIVE_INFINITY) return currentNow(state(), name, reference)
      if (typeof position === 'number') {
        return currentAsOf({ state: state(), position }, name, reference)
      }
      return currentAsOf(await asOf(), name, reference)
    },
    resolve: async (uri) => {
      const text = textOf(uri, 'registry.resolve: uri')
      return resolveAsOf(await asOf(), text)
    },
    history: async (model) => {
      const name = textOf(model, 'registry.history: model')
      return moves(await asOf(), reader, name)
    },
  }
}

const stageList = v.optional(v.array(v.string()), [])

/** The highest version in each stage. @throws `STAGE_INVALID` */
const latestIn = (model: ModelState, asked: readonly string[]): readonly ModelVersion[] => {
  const wanted = new Set(asked.map((stage) => knownStage(model, stage)))
  const aliases = aliasesByVersion(model.aliases)
  const latest = model.stages.flatMap((stage) => {
    if (wanted.size > 0 && !wanted.has(stage)) return []
    const numbers = standingIn(model, stage)
    const highest = numbers.reduce((a, b) => Math.max(a, b), 0)
    const version = versionState(model, highest)
    if (version === undefined) return []
    return [{ version, lowest: numbers.reduce((a, b) => Math.min(a, b), highest) }]
  })
  return latest
    .sort((a, b) => a.lowest - b.lowest)
    .map(({ version }) => versionEntity(model, version, aliases))
}

/** What a search looks at. The newest position that matters to it is that of the newest event of a model. */
const searched = ({ state, position }: AsOf, reader: Reader): SearchedModels => ({
  last: Number.isFinite(position) ? position : newestIn(state),
  at: async (at) => {
    const found = await modelsAsOf({ state, position: at }, reader)
    return found.filter(({ lifecycle }) => lifecycle === 'active')
  },
})

const newestIn = ({ models }: RegistryState): number => {
  let newest = 0
  for (const { changedAt } of models.values()) newest = Math.max(newest, changedAt)
  return newest
}

const modelsAsOf = async (asOf: AsOf, reader: Reader): Promise<readonly ModelState[]> => {
  const found: ModelState[] = []
  for (const stream of [...asOf.state.models.keys()]) {
    const model = await modelAsOf(asOf, reader, stream)
    if (model !== undefined) found.push(model)
  }
  return found
}

const listed = async (
  asOf: AsOf,
  reader: Reader,
  { prefix = '', lifecycle = 'active' }: ListQuery,
): Promise<readonly RegisteredModel[]> => {
  const { state, position } = asOf
  const found: ModelState[] = []
  for (const [stream, { names }] of state.timelines.models) {
    if (valueAsOf(names, position)?.startsWith(prefix) !== true) continue
    const model = await modelAsOf(asOf, reader, stream)
    if (model === undefined) continue
    if (lifecycle === 'all' || model.lifecycle === lifecycle) found.push(model)
  }
  return found.sort(byName).map(modelEntity)
}

const byName = (a: ModelState, b: ModelState): number => {
  if (a.name === b.name) return a.createdAt - b.createdAt
  return a.name < b.name ? -1 : 1
}

const moves = async (
  { state, position }: AsOf,
  reader: Reader,
  name: string,
): Promise<readonly Transition[]> => {
  const bearer = bearerAsOf(state.timelines, name, position)
  if (bearer === undefined) throw modelNotFound(name)
  const { stream, names } = bearer
  const events = await reader.stream(stream, Number.isFinite(position) ? position : undefined)
  return events.filter(isRegistryEvent).flatMap((event) => {
    if (event.type !== 'version.transitioned') return []
    return [transitionEntity(valueAsOf(names, event.position) ?? name, event)]
  })
}
