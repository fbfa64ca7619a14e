import { shown } from '../kernel/check.ts'
import type { RecordedEvent } from '../kernel/events/event.ts'
import { defined } from './defined.ts'
import { registryError } from './errors.ts'
import type { RegistryEventData } from './events.ts'
import { latestVersion } from './lookup.ts'
import type { ModelVersion, RegisteredModel, Transition } from './model.ts'
import { currentEntry, type Entry, type ModelState, type VersionState } from './model-state.ts'

/** A plain record whose keys may be anything, `__proto__` too. */
const recordOf = <V>(pairs: Iterable<readonly [string, V]>): Record<string, V> => {
  const record: Record<string, V> = Object.create(null)
  for (const [key, value] of pairs) record[key] = value
  return record
}

const currentVersions = (model: ModelState): Record<string, number> =>
  recordOf(
    model.stages.flatMap((stage) => {
      const entry = currentEntry(model, stage)
      return entry === undefined ? [] : [[stage, entry.version] as const]
    }),
  )

/** A model as callers see it. */
export const modelEntity = (model: ModelState): RegisteredModel => ({
  name: model.name,
  stream: model.stream,
  tags: recordOf(model.tags),
  aliases: recordOf([...model.aliases].map(([alias, entry]) => [alias, entry.version] as const)),
  stages: [...model.stages],
  current: currentVersions(model),
  versionCount: model.versionCount,
  lifecycle: model.lifecycle,
  createdAt: model.createdAt,
  changedAt: model.changedAt,
  createdTime: model.createdTime,
  changedTime: model.changedTime,
  updatedTime: model.updatedTime,
  ...defined({ description: model.description, latest: latestVersion(model)?.version }),
})

/** The aliases of each version that has one. */
export const aliasesByVersion = (
  aliases: ReadonlyMap<string, Entry>,
): ReadonlyMap<number, readonly string[]> => {
  const found = new Map<number, string[]>()
  for (const [alias, { version }] of aliases) {
    const known = found.get(version)
    if (known === undefined) found.set(version, [alias])
    else known.push(alias)
  }
  return found
}

/** A version as callers see it. */
export const versionEntity = (
  model: ModelState,
  version: VersionState,
  aliases = aliasesByVersion(model.aliases),
): ModelVersion => ({
  model: model.name,
  version: version.version,
  ...version.origin,
  tags: recordOf(version.tags),
  stage: version.stage,
  aliases: [...(aliases.get(version.version) ?? [])].sort(),
  lifecycle: version.lifecycle,
  createdAt: version.createdAt,
  changedAt: version.changedAt,
  createdTime: version.createdTime,
  changedTime: version.changedTime,
  updatedTime: Math.max(version.updatedTime, model.renamedTime ?? 0),
  ...defined({ description: version.description, user: version.user, runLink: version.runLink }),
})

type Move = RecordedEvent<'version.transitioned', RegistryEventData['version.transitioned']>

/** A move as callers see it; `model` is the name at the time. */
export const transitionEntity = (model: string, event: Move): Transition => {
  const { version, from, to, comment, replaced, cause } = event.data
  return {
    model,
    version,
    from,
    to,
    at: event.recordedAt,
    by: event.actor,
    ...defined({ comment, replaced, cause, claimed: event.meta?.claimed }),
    position: event.position,
  }
}

export const noVersion = (model: string, where: string): Error =>
  registryError(
    'VERSION_NOT_FOUND',
    `The model ${shown(model)} has no version ${where}. Look at versions() for those it has.`,
    { data: { model } },
  )
