import type { WriteOptions } from '../../kernel/engine.ts'
import type { NewEvent, RecordedEvent } from '../../kernel/events/event.ts'
import type { LoggedModels } from '../../logged-models/index.ts'
import type { Registry } from '../../registry/index.ts'
import type { PendingTracking, TrackingState } from '../../tracking/index.ts'
import type { VarveView } from '../../varve.ts'
import { type Fields, readFields, type Source } from './wire/fields.ts'
import type { Answer } from './wire/json.ts'

/** What the dialect is told when it is set up. */
export interface Settings {
  /** Where artifacts go: experiments get folders below it. Default `mlflow-artifacts:/`. */
  readonly artifactRoot: string
  /** Version of MLflow that clients are told. */
  readonly version: string
  /** Folder that relative artifact locations are below. */
  readonly folder: string
  /** Makes the ids of runs. */
  readonly newId: () => string
}

/** Decides what is to be recorded, against the facts as they are when it is. */
export type Rule = (facts: PendingTracking, now: number) => readonly NewEvent[]

/** What writes by calls of its own, and the options that say as whom. */
export interface Writable {
  readonly registry: Registry
  readonly loggedModels: LoggedModels
  readonly as: WriteOptions
}

/** One request being answered: what it may read, what it may write, and as whom. */
export interface Call {
  /** The moment that is asked about. */
  readonly view: VarveView
  readonly settings: Settings
  /** Parts of the path, by name. */
  readonly path: Readonly<Record<string, string>>
  /**
   * Decides and records in one commit, as who sent the request.
   *
   * @throws `READ_ONLY` where the past is asked about, and whatever the rule throws.
   */
  readonly write: (rule: Rule) => Promise<readonly RecordedEvent[]>
  /** The registry and the logged models. @throws `READ_ONLY` where the past is asked about. */
  readonly writable: () => Writable
  /** The read models of runs and experiments, for rules that need more than the facts. */
  readonly tracking: () => TrackingState
}

export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE' | 'PUT'
export type Version = '2.0' | '3.0'
export type Surface = '/api' | '/ajax-api'

/** Where an endpoint is found. */
interface Place {
  readonly method: Method
  /** Below `/api/2.0`, with parameters as `:name`. */
  readonly path: string
  /** Default 2.0 alone. */
  readonly version?: Version
  /** Default both. */
  readonly surfaces?: readonly Surface[]
}

/** An endpoint, its parameters already its own affair. */
export interface Endpoint extends Place {
  readonly answer: (call: Call, sources: Sources) => Promise<Answer | Response>
}

/** The parameters of a request, read quickly; or slowly, every number as it was written. */
export interface Sources {
  readonly quick: Source
  readonly exact: () => Source
}

interface EndpointDefinition<Input> extends Place {
  readonly input: Fields<Input>
  /** Gives what is answered, with status 200. */
  readonly answer: (call: Call, input: Input) => Promise<Answer | Response>
}

/** Messages quote values as they were sent, which the quick reading does not tell. */
const read = <Input>(fields: Fields<Input>, { quick, exact }: Sources): Input => {
  try {
    return readFields(fields, quick)
  } catch {
    return readFields(fields, exact())
  }
}

/** Declares an endpoint. */
export const endpoint = <Input>({
  input,
  answer,
  ...place
}: EndpointDefinition<Input>): Endpoint => ({
  ...place,
  answer: (call, sources) => answer(call, read(input, sources)),
})
