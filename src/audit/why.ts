import { shown } from '../kernel/check.ts'
import { codeOf } from '../kernel/errors.ts'
import type { Moment } from '../kernel/moment.ts'
import { registryError } from '../registry/errors.ts'
import {
  isRegistryEvent,
  type ModelReference,
  parseModelUri,
  type RegistryEvent,
  type RegistryView,
  type ResolvedModel,
  type Transition,
  transitionEntity,
} from '../registry/index.ts'
import { diffRuns, type RunDifference } from '../tracking/index.ts'
import { runAsOf } from './run-fold.ts'
import type { AuditSources } from './sources.ts'

/** The pointing of an alias at a version. */
export interface AliasMove {
  /** Name that the model bore at the time. */
  readonly model: string
  readonly alias: string
  readonly version: number
  /** When, by the engine's clock, in ms since the epoch. */
  readonly at: number
  readonly by: string
  readonly comment?: string
  /** The version that the alias pointed at before. */
  readonly replaced?: number
  /** The move was not witnessed: its time and actor are claimed by this source. */
  readonly claimed?: string
  readonly position: number
}

/** A second person's consent to a move. */
export interface Approval {
  readonly by: string
  /** Ms since the epoch. */
  readonly at: number
  readonly comment?: string
}

/** Why a model URI meant what it meant. */
export interface Why {
  /** Name of the model at the moment. */
  readonly model: string
  readonly version: number
  readonly moment: Moment
  /** The move that put the version there; `undefined` when it stands where it was created. */
  readonly transition: Transition | AliasMove | undefined
  /** Consents to that move; no feature records them yet. */
  readonly approvals: readonly Approval[]
  /** The version that was there before the move. */
  readonly replaced: number | undefined
  /**
   * How the run behind the version differs from the run behind the one it replaced; `undefined` when it
   * replaced none, or when a run is not in the store.
   */
  readonly runs: RunDifference | undefined
  /** Every move of the version from stage to stage up to the moment, oldest first. */
  readonly trail: readonly Transition[]
}

/**
 * Why `models:/<name>/<stage>`, `/<version>`, `/latest` or `@<alias>` meant what it meant at a moment: for a
 * stage or an alias the move that put the version there, for a version the move that put it where it stood.
 *
 * @throws `URI_INVALID`, `MODEL_NOT_FOUND`, `VERSION_NOT_FOUND`, `STAGE_INVALID`, `ALIAS_NOT_FOUND`
 */
export const whyModel = async (
  { reader, registryAt }: AuditSources,
  uri: string,
  moment: Moment,
): Promise<Why> => {
  const registry = registryAt(moment.position)
  const { model, version } = await resolved(registry, uri, moment)
  const { stream } = await registry.get(model)
  const events = (await reader.stream(stream, moment.position)).filter(isRegistryEvent)
  const { trail, aliased } = movesOf(events, version)
  const reference = parseModelUri(uri)
  const transition =
    'alias' in reference ? aliased.get(reference.alias) : await moveInto(registry, reference, trail)
  const replaced = transition?.replaced
  const [before, after] = await Promise.all(
    [replaced, version].map(async (number) => {
      const run = runBehind(events, number)
      return run === undefined ? undefined : await runAsOf(reader, run, moment.position)
    }),
  )
  const runs = before === undefined || after === undefined ? undefined : diffRuns(before, after)
  return { model, version, moment, transition, approvals: [], replaced, runs, trail }
}

/** What the URI stood for; an empty stage is refused with the moment at which it was empty. */
const resolved = async (
  registry: RegistryView,
  uri: string,
  moment: Moment,
): Promise<ResolvedModel> => {
  try {
    return await registry.resolve(uri)
  } catch (cause) {
    if (codeOf(cause) !== 'VERSION_NOT_FOUND') throw cause
    const reference = parseModelUri(uri)
    if (!('stage' in reference)) throw cause
    const { model, stage } = reference
    const { position, recordedAt } = moment
    throw registryError(
      'VERSION_NOT_FOUND',
      `No version of the model ${shown(model)} was in the stage ${stage} at position ${position} (${new Date(recordedAt).toISOString()}). Look at registry.history() for when one was, and ask for that moment.`,
      { data: { model, stage, moment }, cause },
    )
  }
}

/** The move that put the version into the stage that was asked for, else into the one where it stood. */
const moveInto = async (
  registry: RegistryView,
  reference: ModelReference,
  trail: readonly Transition[],
): Promise<Transition | undefined> => {
  if (!('stage' in reference)) return trail.at(-1)
  const current = await registry.current(reference.model, reference.stage)
  return trail.find(({ position }) => position === current?.position)
}

interface Moves {
  /** The moves of one version, oldest first. */
  readonly trail: readonly Transition[]
  /** By alias: the last time that it was pointed at a version. */
  readonly aliased: ReadonlyMap<string, AliasMove>
}

type AliasSet = Extract<RegistryEvent, { readonly type: 'model.alias-set' }>

/** Reads the moves off a model's events. */
const movesOf = (events: readonly RegistryEvent[], version: number): Moves => {
  let model = ''
  const trail: Transition[] = []
  const aliased = new Map<string, AliasMove>()
  const held = new Map<string, number>()
  for (const event of events) {
    switch (event.type) {
      case 'model.registered':
      case 'model.renamed':
        model = event.data.name
        break
      case 'model.alias-set':
        aliased.set(event.data.alias, aliasMove(model, event, held.get(event.data.alias)))
        held.set(event.data.alias, event.data.version)
        break
      case 'model.alias-deleted':
        held.delete(event.data.alias)
        break
      case 'version.transitioned':
        if (event.data.version === version) trail.push(transitionEntity(model, event))
        break
      default:
    }
  }
  return { trail, aliased }
}

const aliasMove = (
  model: string,
  { recordedAt, actor, position, data, meta }: AliasSet,
  replaced: number | undefined,
): AliasMove => ({
  model,
  alias: data.alias,
  version: data.version,
  at: recordedAt,
  by: actor,
  ...(meta?.comment === undefined ? {} : { comment: meta.comment }),
  ...(replaced === undefined ? {} : { replaced }),
  ...(meta?.claimed === undefined ? {} : { claimed: meta.claimed }),
  position,
})

/** The run that made a version, deleted since or not. */
const runBehind = (
  events: readonly RegistryEvent[],
  version: number | undefined,
): string | undefined => {
  for (const { type, data } of events) {
    if (type === 'version.created' && data.version === version) return data.run
  }
  return undefined
}
