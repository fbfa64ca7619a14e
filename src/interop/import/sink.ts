import type { Decider, Writer } from '../../kernel/engine.ts'
import { codeOf, DomainError } from '../../kernel/errors.ts'
import type { NewEvent, RecordedEvent } from '../../kernel/events/event.ts'
import type { EventTypes } from '../../kernel/events/event-types.ts'
import { storable, wellFormed } from '../../kernel/events/storable.ts'
import { interopError } from '../errors.ts'
import type { Draft, NewImportEvent } from './draft.ts'
import type { Times } from './mode.ts'
import type { ImportProgress } from './summary.ts'
import type { Tally } from './tally.ts'

export interface SinkParts {
  readonly writer: Writer
  readonly types: EventTypes
  /** Revision of a stream's last event; -1 for none. */
  readonly revision: (stream: string) => number
  readonly tally: Tally
  /** Names kind and digest of the source: the mark of each event. */
  readonly claim: string
  readonly times: Times
  readonly signal: AbortSignal | undefined
  readonly progress: ((done: ImportProgress) => void) | undefined
}

interface Pending {
  readonly draft: Draft
  readonly event: NewImportEvent
}

/** Imports decide for themselves what is new, so there is no state to decide against. */
const decider: Decider<undefined> = { open: () => undefined, evolve: () => undefined }

const maxEvents = 1000
const maxBytes = 400_000

/** Records drafts, some hundreds a commit, in the order in which they are added. */
export class Sink {
  readonly #parts: SinkParts
  readonly #unborn = new Set<string>()
  #pending: Pending[] = []
  #bytes = 0
  #isRegistry = false
  #last: number

  /** @param last - When the last event of the log was recorded. */
  constructor(parts: SinkParts, last: number) {
    this.#parts = parts
    this.#last = last
  }

  /** Whether the first event of an entity was refused. */
  isUnborn(entity: string): boolean {
    return this.#unborn.has(entity)
  }

  async add(draft: Draft): Promise<void> {
    checkSignal(this.#parts)
    const event = await draft.build()
    if (event === undefined || this.isUnborn(event.stream) || this.isUnborn(draft.entity)) return
    const bytes = this.#check(draft, event)
    if (bytes === undefined) return
    // Audit events never share a commit with metric traffic, so that their proofs stay small.
    const isRegistry = event.stream.startsWith('model:')
    const isFull = this.#pending.length >= maxEvents || this.#bytes + bytes > maxBytes
    if (isFull || isRegistry !== this.#isRegistry) await this.flush()
    this.#isRegistry = isRegistry
    this.#pending.push({ draft, event })
    this.#bytes += bytes
  }

  /** Records what was added so far. */
  async flush(): Promise<void> {
    checkSignal(this.#parts)
    const pending = this.#pending
    this.#pending = []
    this.#bytes = 0
    if (pending.length === 0) return
    const { tally, progress } = this.#parts
    const recorded = await this.#write(pending)
    this.#count(pending, recorded)
    tally.events += recorded.length
    progress?.({ runs: tally.read.runs, events: tally.events })
  }

  async #write(pending: readonly Pending[]): Promise<readonly RecordedEvent[]> {
    const { claim, writer } = this.#parts
    try {
      return await writer.execute({
        decider,
        decide: (_, now) => this.#decide(pending, now),
        options: { meta: { claimed: claim } },
      })
    } catch (cause) {
      if (!(cause instanceof DomainError) || cause.data['path'] !== 'claimedAt') throw cause
      throw disturbed(cause)
    }
  }

  #decide(pending: readonly Pending[], now: number): readonly NewEvent[] {
    const { revision } = this.#parts
    for (const { draft, event } of pending) {
      const isFirst = draft.isBirth === true && draft.entity === event.stream
      if (isFirst && revision(event.stream) >= 0) throw disturbed()
    }
    if (this.#parts.times === 'recorded') return pending.map(({ event }) => event)
    let last = this.#last
    return pending.map(({ draft, event }) => {
      // What has no time of its own, nor anything near it that has one, comes right after what does.
      const due = draft.due === Number.POSITIVE_INFINITY && last > 0 ? last : draft.due
      last = Math.max(last, Math.min(due, now))
      return { ...event, claimedAt: last }
    })
  }

  #count(pending: readonly Pending[], recorded: readonly RecordedEvent[]): void {
    const { tally, times } = this.#parts
    for (const [index, { draft }] of pending.entries()) {
      tally.writes(draft.counts)
      const at = recorded[index]?.recordedAt ?? this.#last
      this.#last = at
      if (times === 'claimed' && draft.stated !== null && draft.stated !== at) tally.clamped += 1
    }
  }

  /** The size of an event that can be stored; without one it is refused. */
  #check(draft: Draft, event: NewImportEvent): number | undefined {
    try {
      this.#parts.types.parse(event.type, event.data)
      wellFormed(event.actor ?? '', event.type, 'actor')
      wellFormed(event.stream, event.type, 'stream')
      return storable(event.data, event.type).bytes + 100
    } catch (error) {
      if (codeOf(error) !== 'INVALID_VALUE') throw error
      if (draft.isBirth === true) this.#unborn.add(draft.entity)
      this.#parts.tally.refuse(draft.file, refusal(draft, event, error))
      return undefined
    }
  }
}

const disturbed = (cause?: DomainError): DomainError => {
  const message =
    'Something else was written to the store that the import was about to write, or while it laid down history. What came in stays; import again, and the rest is recorded with the time of that import.'
  return interopError('IMPORT_INTERRUPTED', message, cause === undefined ? {} : { cause })
}

const refusal = ({ isBirth }: Draft, { type }: NewImportEvent, error: unknown): string => {
  const data = error instanceof DomainError ? error.data : {}
  const { path = '', expected = String(error) } = data
  const rest = isBirth === true ? ', with everything that belongs to it' : ''
  return `${type} does not fit at "${path}" (${expected}); it is left out${rest}.`
}

/** @throws `IMPORT_INTERRUPTED` */
export const checkSignal = ({ signal, tally }: Pick<SinkParts, 'signal' | 'tally'>): void => {
  if (signal?.aborted !== true) return
  const message = `The import was stopped after ${tally.events} events, which stay. Import the same source again to go on.`
  throw interopError('IMPORT_INTERRUPTED', message, {
    cause: signal.reason,
    data: { events: tally.events },
  })
}
