/** What a caller may say about an event, beside its data. Kept with the event for ever. */
export interface EventMeta {
  /** Makes a retried command answer as it did the first time. */
  readonly idempotencyKey?: string
  /** SHA-256 (hex) of the request that carried the idempotency key. */
  readonly request?: string
  /** Position of the event that caused this one. */
  readonly causation?: number
  /** Joins the events of one larger act. */
  readonly correlation?: string
  readonly comment?: string
  /** The event was not witnessed: its time and actor are claimed by this source. */
  readonly claimed?: string
}

/** An event as it stands in the log. */
export interface RecordedEvent<Type extends string = string, Data = unknown> {
  /** Global, gapless, from 0. */
  readonly position: number
  /** What the event is about: `run:0192…`, `model:churn-model`. */
  readonly stream: string
  /** Gapless within the stream, from 0. */
  readonly revision: number
  /** `noun.past-verb`, such as `run.started`. */
  readonly type: Type
  /** Version of this type's data. */
  readonly schema: number
  /** Milliseconds since the epoch by the engine's clock; never decreases along the log. */
  readonly recordedAt: number
  /** Who: as authenticated, or the operating-system user when embedded. */
  readonly actor: string
  readonly data: Data
  readonly meta?: EventMeta
}

/** An event that a decision proposes; the log gives it its position, revision and time. */
export interface NewEvent<Type extends string = string, Data = unknown> {
  readonly stream: string
  readonly type: Type
  readonly data: Data
  /** Overrides the command's actor (imports only). */
  readonly actor?: string
  /** The time the event claims (imports into an empty log only). */
  readonly claimedAt?: number
  readonly meta?: EventMeta
}

/** Short notation for one event in messages and test names: `run.started@17`. */
export const eventName = (event: { readonly type: string; readonly position: number }): string =>
  `${event.type}@${event.position}`
