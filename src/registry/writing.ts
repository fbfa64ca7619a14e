import { checked } from '../kernel/check.ts'
import type { Reader, WriteOptions, Writer } from '../kernel/engine.ts'
import type { RecordedEvent } from '../kernel/events/event.ts'
import { modelAsOf } from './as-of.ts'
import { type Defined, defined } from './defined.ts'
import { versionEntity } from './entities.ts'
import { optionsObject, writeOptions } from './inputs.ts'
import { liveModel, liveVersion, modelNotFound } from './lookup.ts'
import { isRegistryEvent } from './model.fold.ts'
import type { ModelVersion } from './model.ts'
import { type ModelState, versionState } from './model-state.ts'
import type { RegistryState } from './registry.fold.ts'
import type { Subject, Write } from './writes.ts'

/** What a run holds at a path. @throws `RUN_NOT_FOUND` */
export type RunModel = (
  run: string,
  path: string | undefined,
) => Promise<{ readonly digest?: string; readonly artifactUri?: string }>

/** What a version takes over from a logged model. @throws `LOGGED_MODEL_NOT_FOUND` */
export type LoggedModelFacts = (
  id: string,
) => Promise<{ readonly run?: string; readonly artifactLocation?: string }>

export interface RegistryParts {
  readonly writer: Writer
  readonly reader: Reader
  readonly state: () => RegistryState
  readonly runModel: RunModel
  readonly loggedModel: LoggedModelFacts
  /** The digest of the files that a URI stands for, where the store keeps them. */
  readonly digestAt?: (uri: string) => Promise<string | undefined>
  /** Is given each write before the caller is, so that one that fails and that nobody awaited is not lost. */
  readonly supervise?: <T>(write: Promise<T>) => Promise<T>
}

/** A checked call, and how to write it. */
export interface Request<Input> {
  readonly input: Input
  readonly options: WriteOptions
  /** What an idempotency key stands for. */
  readonly request: unknown
}

/** Checks what a caller gave: by position, and in the options after them. @throws `INVALID_VALUE` */
export const requestOf = <Input extends Subject>(
  what: string,
  { args: names, schema }: Pick<Write<Input>, 'args' | 'schema'>,
  args: readonly unknown[],
): Request<Defined<Input>> => {
  const given = checked(optionsObject, args[names.length], `${what}: options`)
  const { actor, idempotencyKey, expectRevision, meta, ...own } = given
  const how = { actor, idempotencyKey, expectRevision, meta }
  const options = defined(checked(writeOptions, how, what))
  const positional = Object.fromEntries(names.map((name, at) => [name, args[at]]))
  const input = defined(checked(schema, { ...own, ...positional }, what))
  return { input, options, request: { what, input } }
}

/** The model that events made; as it is now if there are none. */
export const modelAfter = async (
  { reader, state }: RegistryParts,
  events: readonly RecordedEvent[],
  name: string,
): Promise<ModelState> => {
  // A version that is made from a logged model tells that model so: an event of another stream.
  const last = events.findLast(isRegistryEvent)
  if (last === undefined) return liveModel(state(), name)
  // Not what is there now, so that a repeated write answers as it did the first time.
  const model = await modelAsOf({ state: state(), position: last.position }, reader, last.stream)
  if (model === undefined) throw modelNotFound(name)
  return model
}

/** The version that a call is about: the one that it names, else the one that its events make or move. */
const subject = (events: readonly RecordedEvent[], { version }: Subject): number => {
  if (version !== undefined) return version
  for (const event of events) {
    if (!isRegistryEvent(event)) continue
    if (event.type === 'version.created' || event.type === 'version.transitioned') {
      return event.data.version
    }
  }
  return 0
}

/** The version that a call is about, as its events made it. */
export const versionAfter = async (
  parts: RegistryParts,
  events: readonly RecordedEvent[],
  key: Subject,
): Promise<ModelVersion> => {
  const model = await modelAfter(parts, events, key.model)
  const number = subject(events, key)
  return versionEntity(model, versionState(model, number) ?? liveVersion(model, number))
}
