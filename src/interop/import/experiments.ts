import { experimentStream } from '../../tracking/events.ts'
import { type Experiment, experimentsProjection } from '../../tracking/index.ts'
import type { SourceExperiment } from '../mlflow/index.ts'
import { type ImportContext, unknownActor } from './context.ts'
import { type Draft, type Lane, type NewImportEvent, ranks, timeOr } from './draft.ts'
import { fitting, packs } from './pairs.ts'
import { readStated, Stated } from './stated.ts'
import { field } from './statements.ts'

/** An experiment of the source, and the one that it is in the store. */
export interface PlannedExperiment {
  readonly source: SourceExperiment
  readonly stream: string
  readonly id: string
  /** Makes it before its first run, whatever times the source states. */
  readonly birth: (due: number) => Draft
  readonly lane: Lane
}

/** Finds or makes a place in the store for each experiment. */
export const planExperiments = async (
  context: ImportContext,
  sources: readonly SourceExperiment[],
): Promise<ReadonlyMap<string, PlannedExperiment>> => {
  const ids = new Set(sources.map(({ id }) => id))
  const planned = new Map<string, PlannedExperiment>()
  for (const source of sources) {
    const { tags, ...rest } = source
    const file = source.id
    const fit = { ...rest, tags: fitting(tags, { what: 'tag', file, tally: context.tally }) }
    context.tally.reads({ experiments: 1, tags: tags.length })
    const known = await knownId(context, source)
    const id = known ?? freeId(context, source.id, ids)
    ids.add(id)
    const stream = experimentStream(id)
    const stated = known === undefined ? new Stated() : await readStated(context.reader, stream)
    planned.set(source.id, plan({ source: fit, id, stated, file }))
  }
  return planned
}

/**
 * The experiment of the store that this one was before: by its id, unless that is another's, by its name, or
 * by the time of its creation, which stays when it is renamed.
 */
const knownId = async (
  { engine, reader }: ImportContext,
  { createdAt, id, name }: SourceExperiment,
): Promise<string | undefined> => {
  const { byName, byStream } = engine.state(experimentsProjection)
  const same = byStream.get(experimentStream(id))
  if (same?.name === name) return id
  const candidates = [...byStream.values()].filter(
    (other) => other.id === id || (createdAt !== null && other.creationTime === createdAt),
  )
  for (const candidate of candidates) {
    if (await wasImportedAs(reader, candidate, { createdAt, id, name })) return candidate.id
  }
  return byName.get(name)
}

/** Whether an import made it, from this experiment under its present or an earlier name. */
const wasImportedAs = async (
  reader: ImportContext['reader'],
  candidate: Experiment,
  { createdAt, id, name }: Pick<SourceExperiment, 'createdAt' | 'id' | 'name'>,
): Promise<boolean> => {
  const stated = await readStated(reader, experimentStream(candidate.id))
  if (!stated.isImported) return false
  if (stated.get(field.name) === name) return true
  return candidate.id === id && candidate.creationTime === createdAt
}

const freeId = ({ engine }: ImportContext, wanted: string, taken: ReadonlySet<string>): string => {
  const { byStream } = engine.state(experimentsProjection)
  if (!byStream.has(experimentStream(wanted))) return wanted
  let id = byStream.size + 1
  while (byStream.has(experimentStream(String(id))) || taken.has(String(id))) id += 1
  return String(id)
}

interface Plan {
  readonly source: SourceExperiment
  readonly id: string
  readonly stated: Stated
  readonly file: string
}

const plan = (parts: Plan): PlannedExperiment => {
  const { source, id, stated } = parts
  const stream = experimentStream(id)
  let isBorn = !stated.isEmpty
  const [firstTags = []] = packs(source.tags)
  const birth = (due: number): Draft => ({
    due,
    rank: ranks.experiment,
    stated: source.createdAt,
    counts: { experiments: 1, tags: firstTags.length },
    file: parts.file,
    entity: stream,
    isBirth: true,
    build: () => {
      if (isBorn) return undefined
      isBorn = true
      return created(source, id, firstTags)
    },
  })
  return { source, id, stream, birth, lane: { key: stream, drafts: drafts(parts, birth) } }
}

const created = (
  { artifactLocation, createdAt, name }: SourceExperiment,
  id: string,
  tags: [string, string][],
): NewImportEvent => ({
  type: 'experiment.created',
  stream: experimentStream(id),
  actor: unknownActor,
  data: {
    id,
    name,
    ...(artifactLocation === null ? {} : { artifactLocation }),
    ...(createdAt === null ? {} : { createdAt }),
    tags,
  },
})

/** Without a stated time it is made before its first run, or last of all. */
async function* drafts(
  parts: Plan,
  birth: PlannedExperiment['birth'],
): AsyncGenerator<Draft, void> {
  const { source, stated } = parts
  const due = timeOr(source.createdAt, timeOr(source.updatedAt, Number.POSITIVE_INFINITY))
  const isKnown = !stated.isEmpty
  if (!isKnown) yield birth(due)
  const changedAt = Math.max(due, timeOr(source.updatedAt, due))
  for (const event of changes(parts)) {
    const isTag = event.type === 'experiment.tag-set'
    yield {
      due: isTag && !isKnown ? due : changedAt,
      rank: event.type === 'experiment.deleted' ? ranks.removal : ranks.experiment,
      stated: null,
      counts: isTag ? { tags: 1 } : {},
      file: parts.file,
      entity: event.stream,
      build: () => event,
    }
  }
}

function* changes({ source, id, stated }: Plan): Generator<NewImportEvent, void> {
  const stream = experimentStream(id)
  const actor = unknownActor
  const atBirth = stated.isEmpty ? (packs(source.tags)[0]?.length ?? 0) : 0
  for (const [key, value] of source.tags.slice(atBirth)) {
    if (!stated.isNew(field.tag(key), value)) continue
    yield { type: 'experiment.tag-set', stream, actor, data: { key, value } }
  }
  if (stated.isNew(field.name, source.name, source.name)) {
    yield { type: 'experiment.renamed', stream, actor, data: { name: source.name } }
  }
  if (stated.isNew(field.deleted, source.deleted ? 'yes' : 'no', 'no')) {
    const type = source.deleted ? 'experiment.deleted' : 'experiment.restored'
    yield { type, stream, actor, data: {} }
  }
}
