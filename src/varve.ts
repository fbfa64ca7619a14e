import type { Observable } from 'rxjs'
import type { ArtifactEventData } from './artifacts/index.ts'
import type { Diff, Why } from './audit/index.ts'
import type { EraseOptions, Erasure, ErasureSelector } from './erasing/index.ts'
import type { Keepable } from './keeping/index.ts'
import type { WriteOptions } from './kernel/engine.ts'
import type { RecordedOf } from './kernel/events/define-events.ts'
import type { RecordedEvent } from './kernel/events/event.ts'
import type { LogEventData } from './kernel/events/log-events.ts'
import type { PayloadEventData } from './kernel/events/payload-events.ts'
import type { Moment, When } from './kernel/moment.ts'
import type { Problem } from './kernel/problem.ts'
import type {
  ProjectionDefinition,
  ProjectionHandle,
} from './kernel/projections/user-projection.ts'
import type { Feed, FeedStart } from './kernel/streams/feed.ts'
import type { EventBatch, ReadOptions } from './kernel/streams/read-events.ts'
import type { Subscription } from './kernel/streams/subscription.ts'
import type { Broken } from './kernel/verify-engine.ts'
import type { LoggedModelEventData, LoggedModels, LoggedModelsView } from './logged-models/index.ts'
import type { Registry, RegistryEventData, RegistryView } from './registry/index.ts'
import type {
  Experiments,
  ExperimentsView,
  Runs,
  RunsView,
  TrackingEventData,
} from './tracking/index.ts'

/** Data of every event type of varve's own, by type. */
export type VarveEventData = TrackingEventData &
  RegistryEventData &
  LoggedModelEventData &
  ArtifactEventData &
  PayloadEventData &
  LogEventData

/** Handlers of a projection: any of the types, each given the events of its type. */
export type ProjectionHandlers<State, Data> = {
  readonly [Type in keyof Data & string]?: (
    state: State,
    event: RecordedEvent<Type, Data[Type]>,
  ) => unknown
}

/** A projection of one's own over the events of varve and one's own. */
export type ProjectionOf<State, Data> = ProjectionDefinition<State, ProjectionHandlers<State, Data>>

/** Everything that can be asked of one moment: now, or any moment before. */
export interface VarveView {
  readonly runs: RunsView
  readonly experiments: ExperimentsView
  readonly registry: RegistryView
  readonly loggedModels: LoggedModelsView
  /** The moment that it shows. @throws `MOMENT_INVALID` */
  moment(): Promise<Moment>
  /** The state of one's own projection at this moment. @throws `PROJECTION_FAILED` */
  project<State>(projection: ProjectionHandle<State>): Promise<State>
}

/** Which events to follow. */
export interface EventsQuery<Type extends string> {
  /** Only these types; the events are typed by them. */
  readonly types?: readonly Type[]
  /** Only this stream: `run:0192…`, `model:churn-model`. */
  readonly stream?: string
  /** Default `'now'`; a durable subscription starts at the `'start'` unless told otherwise. */
  readonly from?: FeedStart
}

/** What `verify()` found. */
export interface Verification {
  /** Nothing is broken. */
  readonly ok: boolean
  readonly events: number
  readonly commits: number
  /** Number of artifact files whose bytes were read and compared with their digests. */
  readonly artifacts: number
  /** Number of events of which something was erased. */
  readonly erased: number
  /** The last position that was checked, and the hash (hex) of the commit that holds it. */
  readonly head: { readonly position: number; readonly hash: string }
  /** The checks that were made. */
  readonly checked: readonly string[]
  readonly broken: readonly Broken[]
}

/** Facts about the log. */
export interface LogInfo {
  /** Names the store for ever. */
  readonly id: string
  /** Position of the newest event; -1 for an empty log. */
  readonly position: number
  readonly events: number
  readonly commits: number
  /** Hash (hex) of the newest commit's header. */
  readonly head: string
  /** What an acknowledged event survives; `'relaxed'` in a browser, which alone decides when it reaches the disk. */
  readonly durability: 'fsync' | 'os' | 'relaxed' | 'memory'
  /** Absolute path of the store, in a browser its name; absent in memory. */
  readonly folder?: string
  /** About how many bytes the log takes; in a browser, what all of this origin's storage does. */
  readonly bytes: number
  /** The process, or the page, that holds the store; `since` in ms since the epoch. */
  readonly owner: {
    readonly pid: number
    readonly host: string
    readonly since: number
    readonly page?: string
  }
  /** Ms since the epoch. */
  readonly createdAt: number
}

/**
 * A store: runs, experiments and the model registry, now and as of any moment, with the log behind them.
 *
 * `Data` maps event types to their data: varve's own, and those given to `open`.
 */
export interface Varve<Data extends VarveEventData = VarveEventData>
  extends VarveView,
    Keepable,
    AsyncDisposable {
  readonly runs: Runs
  readonly experiments: Experiments
  readonly registry: Registry
  readonly loggedModels: LoggedModels
  /** Facts about the log. */
  readonly log: { info(): Promise<LogInfo> }
  /** What went wrong where no caller could be told: lost writes, projections that threw. */
  readonly problems: Observable<Problem>
  /**
   * A read-only view of a past moment, with the same questions; it resolves on first use.
   *
   * `when`: a position, a `Date`, an instant, a date (its last instant, UTC), `'now-7d'`.
   */
  asOf(when: When): VarveView
  /** What changed between two moments, by entity, with the events responsible. @throws `MOMENT_INVALID` */
  diff(from: When, to: When): Promise<Diff>
  /**
   * Why a model URI means what it means: the move behind it, who made it, and how the run of the version
   * differs from that of the version it replaced.
   */
  why(uri: string, options?: { readonly at?: When }): Promise<Why>
  /** Events: history from where the query says, then live, each once and in order. */
  events<Type extends keyof Data & string = keyof Data & string>(
    query?: EventsQuery<Type>,
  ): Feed<RecordedOf<Pick<Data, Type>>>
  /** Events in batches with positions and a mark when the reader has caught up. */
  read(options?: ReadOptions): AsyncIterable<EventBatch>
  /** What the selector gives, now and whenever it changes. */
  watch<T>(selector: (view: VarveView) => Promise<T> | T): Observable<T>
  /** A durable subscription, whose cursor is kept in the store. */
  subscribe<Type extends keyof Data & string = keyof Data & string>(
    name: string,
    query?: EventsQuery<Type>,
  ): Promise<Subscription<RecordedOf<Pick<Data, Type>>>>
  /** Runs a projection of one's own: replayed, then live, checkpointed with the others. */
  project<State>(definition: ProjectionOf<State, Data>): Promise<ProjectionHandle<State>>
  project<State>(projection: ProjectionHandle<State>): Promise<State>
  /**
   * Appends an event of one's own; its stream begins with the noun of its type.
   *
   * @throws `INVALID_VALUE`, `UNKNOWN_EVENT_TYPE`, `REVISION_CONFLICT`
   */
  append<Type extends keyof Data & string>(
    ...args: [stream: string, type: Type, data: Data[Type], options?: WriteOptions]
  ): Promise<RecordedEvent<Type, Data[Type]>>
  /**
   * Makes data unreadable for ever: in the log, whose chain stays whole, in everything that is made from it, at every
   * moment of the past, and in the files. What was erased reads `ERASED`; points of metrics are gone. The erasure is
   * recorded as `payload.erased`, with who and why and where, and never what.
   *
   * It takes about as long as opening the store without a checkpoint; copies and backups are yours to see to.
   *
   * @throws `NOTHING_TO_ERASE`, `INVALID_VALUE`, `EXPERIMENT_NOT_FOUND`, `LOG_WRITE_FAILED`, `UNSUPPORTED`
   */
  erase(selector: ErasureSelector, options: EraseOptions): Promise<Erasure>
  /** Checks the whole log, the read models against a replay of it, and the bytes of every artifact. */
  verify(): Promise<Verification>
  /**
   * Goes on after `LOG_WRITE_FAILED`, when the disk has space again or is mended: opens the log again under
   * everything that was made from this store, and accepts writes. A commit that reached the disk although its callers
   * were told that it failed is taken in, and delivered. Does nothing where nothing failed.
   *
   * @throws `LOG_WRITE_FAILED` when the disk still refuses, `LOG_CORRUPT`, `LOG_DEPOSED`
   */
  reopen(): Promise<void>
  /** Ends it when what was written is recorded. Rejects if a write that nobody awaited was lost. */
  close(): Promise<void>
}
