import { artifactPath, treeAt } from '../../artifacts/index.ts'
import { loggedModelStream } from '../../logged-models/events.ts'
import { loggedModelById, loggedModelsProjection } from '../../logged-models/index.ts'
import { defaultStages } from '../../registry/events.ts'
import { registryProjection, versionState } from '../../registry/index.ts'
import type { SourceVersion } from '../mlflow/index.ts'
import { type ImportContext, unknownActor } from './context.ts'
import { type Draft, ranks, timeOr } from './draft.ts'
import { fitting, packs } from './pairs.ts'
import { type Making, type ModelPlan, type RegistryData, registryDraft } from './registry-draft.ts'
import type { Stated } from './stated.ts'
import { field } from './statements.ts'

/** The events of the versions of one model; each version's in order, the versions' one after another. */
export function* versionDrafts(
  context: ImportContext,
  plan: ModelPlan,
  birth: number,
): Generator<Draft, void> {
  for (const version of plan.model.versions) {
    if (isAnother(plan, version)) {
      const message = `The model has a version ${version.version} of its own; that of the source is left out.`
      context.tally.refuse(plan.file, message)
    } else yield* draftsOf(context, plan, { version, birth })
  }
}

/** Whether the store gave this number to something else. */
const isAnother = ({ stated }: ModelPlan, source: SourceVersion): boolean => {
  const { version } = source
  const known = stated.get(field.version(version, 'source'))
  if (known === undefined) return false
  const isImported = stated.isImportedField(field.version(version, 'source'))
  // What MLflow deletes it empties, so that only the number is left to know it by.
  if (source.deleted) return !isImported
  const sameRun = source.run !== null && stated.get(field.version(version, 'run')) === source.run
  return known !== sourceOf(source) && !sameRun
}

interface VersionPlan {
  /** Name of the model. */
  readonly model: string
  readonly making: Making
  readonly stated: Stated
  readonly source: SourceVersion
  /** Whether the store has the version already. */
  readonly isKnown: boolean
  readonly due: number
}

function* draftsOf(
  context: ImportContext,
  { model, stated, stream, file }: ModelPlan,
  { version, birth }: { readonly version: SourceVersion; readonly birth: number },
): Generator<Draft, void> {
  const what = { what: `tag of version ${version.version}`, file, tally: context.tally }
  const parts: VersionPlan = {
    model: model.name,
    making: {
      ...{ stream, file, actor: version.user || unknownActor },
      entity: `${stream} version ${version.version}`,
    },
    stated,
    source: { ...version, tags: fitting(version.tags, what) },
    isKnown: stated.get(field.version(version.version, 'source')) !== undefined,
    due: Math.max(timeOr(version.createdAt, birth), birth),
  }
  const isGone = version.deleted && parts.isKnown
  if (!isGone) yield* creation(context, parts)
  if (!isGone) yield* tagDrafts(parts)
  yield* fate(context, parts)
}

function* creation(context: ImportContext, parts: VersionPlan): Generator<Draft, void> {
  const { due, isKnown, making, source, stated } = parts
  const { version } = source
  const created = { due, rank: ranks.version, stated: source.createdAt }
  if (!isKnown) {
    const [tags = []] = packs(source.tags)
    const counts = { versions: 1, tags: tags.length }
    const build = () => createdData(context, source, tags)
    const draft = { ...created, counts, isBirth: true as const }
    yield registryDraft(making, draft, ['version.created', build])
    const logged = loggedModelIn(source)
    if (logged !== undefined) yield linkDraft(context, parts, logged)
  } else if (stated.isNew(field.version(version, 'description'), source.description ?? '')) {
    const data = { version, description: source.description ?? '' }
    yield registryDraft(making, { ...created, stated: null }, ['version.described', () => data])
  }
}

/** The logged model that a version was made from. */
const loggedModelIn = ({ source }: SourceVersion): string | undefined =>
  /^models:\/(m-[0-9a-zA-Z]+)$/.exec(source ?? '')?.[1]

/** The logged model is told, if it came in. */
const linkDraft = (
  { engine, sink }: ImportContext,
  { due, making, source, model }: VersionPlan,
  logged: string,
): Draft => ({
  ...{ due, rank: ranks.version, stated: null, counts: {} },
  ...{ file: making.file, entity: making.entity },
  build: async () => {
    await sink.flush()
    if (loggedModelById(engine.state(loggedModelsProjection), logged) === undefined)
      return undefined
    const stream = loggedModelStream(logged)
    const data = { model, version: source.version }
    return { stream, type: 'logged-model.registered', actor: making.actor, data }
  },
})

/** Tags that are not part of the creation. */
function* tagDrafts({ due, isKnown, making, source, stated }: VersionPlan): Generator<Draft, void> {
  const { version } = source
  const atBirth = isKnown ? 0 : (packs(source.tags)[0]?.length ?? 0)
  for (const [key, value] of source.tags.slice(atBirth)) {
    if (!stated.isNew(field.version(version, field.tag(key)), value)) continue
    const parts = { due, rank: ranks.version, stated: null, counts: { tags: 1 } }
    yield registryDraft(making, parts, ['version.tag-set', () => ({ version, key, value })])
  }
}

/** Where the version went, and whether it was deleted. */
function* fate(context: ImportContext, parts: VersionPlan): Generator<Draft, void> {
  const { due, making, source, stated } = parts
  const { version, stage, updatedAt } = source
  const changed = { due: Math.max(due, timeOr(updatedAt, due)), stated: updatedAt }
  const of = (rest: string): string => field.version(version, rest)
  if (stated.isNew(of('stage'), stage, defaultStages[0]) && isStage(context, source, making.file)) {
    const build = () => transitionData(context, source, making.stream)
    const draft = { ...changed, rank: ranks.transition, counts: { transitions: 1 } }
    yield registryDraft(making, draft, ['version.transitioned', build])
  }
  if (source.deleted && stated.isNew(of('deleted'), 'yes')) {
    const draft = { ...changed, rank: ranks.removal }
    yield registryDraft(making, draft, ['version.deleted', () => ({ version })])
  }
}

const isStage = ({ tally }: ImportContext, source: SourceVersion, file: string): boolean => {
  if (defaultStages.some((stage) => stage === source.stage)) return true
  const message = `${JSON.stringify(source.stage.slice(0, 100))} is no stage of MLflow's; version ${source.version} stays where it is.`
  tally.refuse(file, message)
  return false
}

const sourceOf = ({ source, storageLocation }: SourceVersion): string =>
  source ?? storageLocation ?? ''

const createdData = (
  context: ImportContext,
  source: SourceVersion,
  tags: [string, string][],
): RegistryData['version.created'] => {
  const { version, run, description, user, createdAt, storageLocation } = source
  const loggedModel = loggedModelIn(source)
  return {
    version,
    source: sourceOf(source),
    ...(loggedModel === undefined ? {} : { loggedModel }),
    ...(storageLocation === null || storageLocation === '' ? {} : { storageLocation }),
    ...(run === null ? {} : { run }),
    ...placeInRun(context, source),
    ...(description === null || description === '' ? {} : { description }),
    ...(user === null || user === '' ? {} : { user }),
    ...(createdAt === null ? {} : { createdAt }),
    tags,
  }
}

/** Where in the artifacts of its run the model lies, and the digest of it where the bytes are here. */
const placeInRun = (
  { modelRuns }: ImportContext,
  { run, source }: SourceVersion,
): { path?: string; digest?: string } => {
  if (run === null || source === null) return {}
  const path = pathIn(run, source)
  if (path === undefined) return {}
  const digest = treeAt(modelRuns.get(run) ?? [], path)?.digest
  return digest === undefined ? { path } : { path, digest }
}

/** A source names a place below the run's artifacts, by its URI on the machine that wrote it or by `runs:/`. */
const pathIn = (run: string, source: string): string | undefined => {
  const place = source.replaceAll('\\', '/')
  for (const start of [`/${run}/artifacts/`, `runs:/${run}/`]) {
    const at = place.indexOf(start)
    if (at >= 0) return spelled(place.slice(at + start.length))
  }
  return undefined
}

/** A URI may be percent-encoded, and published ones may say anything. */
const spelled = (path: string): string | undefined => {
  try {
    return artifactPath(decoded(path))
  } catch {
    return undefined
  }
}

const decoded = (path: string): string => {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

/** From where the version stands when the move is recorded. */
const transitionData = async (
  { engine, registry, sink, tally }: ImportContext,
  { version, stage: to, updatedAt }: SourceVersion,
  stream: string,
): Promise<RegistryData['version.transitioned'] | undefined> => {
  await sink.flush()
  const model = engine.state(registryProjection).models.get(stream)
  const known = model === undefined ? undefined : versionState(model, version)
  if (model?.lifecycle !== 'active' || known?.lifecycle !== 'active') return undefined
  const from = known.stage
  if (from === to) return undefined
  if (!model.stages.includes(to)) {
    const message = `The model has no stage ${to} in the store; version ${version} stays where it is.`
    tally.refuse(`models/${model.name}`, message)
    return undefined
  }
  const takesTurns = to === 'Staging' || to === 'Production'
  const present = takesTurns ? await registry.current(model.name, to) : undefined
  return {
    version,
    from,
    to,
    ...(present === undefined ? {} : { replaced: present.version }),
    ...(updatedAt === null ? {} : { at: updatedAt }),
  }
}
