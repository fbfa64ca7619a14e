import * as v from 'valibot'
import type { BlobStore } from '../artifacts/index.ts'
import { checked } from '../kernel/check.ts'
import { type Erased, type Erasing, eraseFrom, findErasable } from '../kernel/erase-engine.ts'
import { kernelError } from '../kernel/errors.ts'
import type { EventEngine } from '../kernel/event-engine.ts'
import type { RecordedEvent } from '../kernel/events/event.ts'
import { ERASED } from '../kernel/events/payload-events.ts'
import { newId } from '../kernel/ids.ts'
import type { AnyProjection } from '../kernel/projections/projection.ts'
import { experimentStream, runStream } from '../tracking/events.ts'
import { erasingError } from './errors.ts'
import { ofOwn } from './of-own.ts'
import { ofPerson } from './of-person.ts'
import { ofExperiment, ofModel } from './of-registry.ts'
import { allOfRun, filesOf, nothingOfRun, ofRun, type RunParts } from './of-run.ts'
import { type ErasureSelector, selectorInput } from './selector.ts'
import type { Eraser } from './without.ts'

export interface EraseOptions {
  /** Why, in words that may stand in the log for ever: `'request 118'`. */
  readonly reason: string
  /** Who does it; the one of the store unless given. */
  readonly actor?: string
  /** Says what would be erased, and erases nothing. */
  readonly dryRun?: boolean
}

/** What was erased, or would be. */
export interface Erasure {
  /** Positions of the `payload.erased` events that record it; none for a dry run. */
  readonly recorded: readonly number[]
  /** Positions of the events that have lost something. */
  readonly positions: readonly number[]
  /** What kinds of data: `tag`, `param`, `metric`, `artifact`, `actor`, …. */
  readonly kinds: readonly string[]
  /** How many commits have another payload for it. */
  readonly commits: number
  /** Files that were removed, and files that were not because something else refers to the same bytes. */
  readonly artifacts: { readonly removed: number; readonly kept: number }
}

/** What erasing needs of a store. */
export interface ErasingParts {
  readonly engine: EventEngine
  readonly blobs: BlobStore
  readonly projections: readonly AnyProjection[]
  readonly actor: string
  /** Id of the experiment with an id or name. @throws `EXPERIMENT_NOT_FOUND` */
  readonly experimentId: (experiment: string) => Promise<string>
  /** Streams of the models, deleted ones too, that bear a name. */
  readonly modelStreams: (name: string) => Promise<readonly string[]>
  /** Whether an event type is one of the user's own. */
  readonly isOwn: (type: string) => boolean
}

const optionsInput = v.strictObject({
  reason: v.pipe(v.string(), v.minLength(1, 'Expected why it is erased')),
  actor: v.optional(v.pipe(v.string(), v.minLength(1))),
  dryRun: v.optional(v.boolean(), false),
})

/**
 * Makes data unreadable wherever the store has it, and records that it did.
 *
 * @throws `NOTHING_TO_ERASE`, `INVALID_VALUE`, `EXPERIMENT_NOT_FOUND`, `LOG_WRITE_FAILED`, `UNSUPPORTED`
 */
export const erase = async (
  parts: ErasingParts,
  given: ErasureSelector,
  givenOptions: EraseOptions,
): Promise<Erasure> => {
  const { engine, blobs, projections } = parts
  // `as`: the schema is that of the type.
  const selector = checked(selectorInput, given, 'erase') as ErasureSelector
  const options = checked(optionsInput, givenOptions, 'erase: options')
  // Random, and the same in all of this erasure: two names stay two people, and no name can be made sure of.
  const pseudonym = `${ERASED} ${newId().slice(-12)}`
  const redact = await eraserOf(parts, selector, pseudonym)
  if (options.dryRun) return resultOf(selector, [await findErasable(engine, { redact, filesOf })])
  const actor = options.actor ?? parts.actor
  // Stands in the place of artifacts' bytes, so that the paths that had them can be read.
  if (touchesFiles(selector)) await blobs.put(ERASED)
  const erasing: Erasing = {
    redact,
    filesOf,
    projections,
    reason: options.reason,
    actor: 'actor' in selector && selector.actor === actor ? pseudonym : actor,
    removeFiles: removeFilesOf(blobs),
  }
  return resultOf(selector, await eraseFrom(engine, erasing))
}

/** Removes files by their digests. */
export const removeFilesOf = (blobs: BlobStore): Erasing['removeFiles'] => {
  return async (digests) => {
    for (const digest of digests) await blobs.remove(digest)
  }
}

const touchesFiles = (selector: ErasureSelector): boolean =>
  'artifact' in selector || ('run' in selector && Object.keys(selector).length === 1)

type Found = Omit<Erased, 'event'> & Partial<Pick<Erased, 'event'>>

const resultOf = (selector: ErasureSelector, found: readonly Found[]): Erasure => {
  const positions = found.flatMap((each) => each.positions)
  if (positions.length === 0) throw nothingFound(selector)
  const sum = (count: (each: Found) => number): number =>
    found.reduce((total, each) => total + count(each), 0)
  return {
    recorded: found.flatMap(({ event }) => (event === undefined ? [] : [event.position])),
    positions,
    kinds: [...new Set(found.flatMap(({ kinds }) => kinds))],
    commits: sum(({ commits }) => commits),
    artifacts: { removed: sum(({ files }) => files), kept: sum(({ shared }) => shared) },
  }
}

const nothingFound = (selector: ErasureSelector): Error =>
  erasingError(
    'NOTHING_TO_ERASE',
    `No event holds anything of what ${JSON.stringify(selector)} names, or it was erased before. Look at the run, model or event for how it is called.`,
    { data: { selector } },
  )

const eraserOf = async (
  parts: ErasingParts,
  selector: ErasureSelector,
  pseudonym: string,
): Promise<Eraser> => {
  if ('run' in selector) return ofRun(runStream(selector.run), runPartsOf(selector))
  if ('experiment' in selector) {
    const id = await parts.experimentId(selector.experiment)
    return ofExperiment(experimentStream(id), selector.tag)
  }
  if ('model' in selector) {
    return ofModel(new Set(await parts.modelStreams(selector.model)), {
      version: selector.version,
      tag: 'tag' in selector ? selector.tag : undefined,
      description: 'description' in selector,
      comment: 'comment' in selector,
    })
  }
  if ('actor' in selector) return ofPerson(selector.actor, pseudonym, parts.isOwn)
  return ofOwn(await ownMatcher(parts, selector))
}

const runPartsOf = (selector: ErasureSelector & { readonly run: string }): RunParts => {
  const nothing = nothingOfRun
  if ('tag' in selector) return { ...nothing, tag: (key) => key === selector.tag }
  if ('param' in selector) return { ...nothing, param: (key) => key === selector.param }
  if ('metric' in selector) return { ...nothing, metric: (key) => key === selector.metric }
  if ('input' in selector) return { ...nothing, input: (name) => name === selector.input }
  if (!('artifact' in selector)) return allOfRun
  const { artifact } = selector
  const folder = artifact.endsWith('/') ? artifact : `${artifact}/`
  return { ...nothing, artifact: (path) => path === artifact || path.startsWith(folder) }
}

/** Data of varve's own events has rules, which the other selectors know. */
const ownMatcher = async (
  { engine, isOwn }: ErasingParts,
  selector: { readonly position: number } | { readonly stream: string },
): Promise<(event: RecordedEvent) => boolean> => {
  if ('stream' in selector) {
    const { stream } = selector
    const [first] = await engine.stream(stream)
    if (first !== undefined && !isOwn(first.type)) throw notOwn(first)
    return (event) => event.stream === stream
  }
  const { position } = selector
  if (position <= engine.last) {
    const event = await engine.source.decoded.eventAt(position)
    if (!isOwn(event.type)) throw notOwn(event)
  }
  return (event) => event.position === position
}

const notOwn = ({ type, position }: RecordedEvent): Error =>
  kernelError(
    'INVALID_VALUE',
    `${type}@${position} is an event of varve's own: { position } and { stream } erase the data of your own events. Name the run, experiment or model and what of it.`,
    { data: { position, type } },
  )
