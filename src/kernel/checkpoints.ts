import type { Head } from './log/commit.ts'
import type { Entry, EventLog } from './log/event-log.ts'
import { markEntry } from './log/settings.ts'
import type { Replica } from './projections/replica.ts'

/** Due when this many events, half of those before and two a stream are new: in proportion to what it costs. */
const checkpointEvents = 50_000

export interface CheckpointParts {
  readonly log: EventLog
  readonly replica: Replica
  /** Position after the last event of the checkpoint on disk. */
  readonly checkpointed: number
  /** Entries of the user's projections, which are kept with it. */
  readonly others: () => Promise<readonly Entry[]>
}

/** Keeps the read models on disk, so that the next opening folds only what came after. */
export class Checkpoints {
  readonly #parts: CheckpointParts
  #next: number
  /** False when a built-in projection missed an event: its state must not outlive the engine. */
  #sound = true

  constructor(parts: CheckpointParts) {
    this.#parts = parts
    this.#next = parts.checkpointed
  }

  /** The read models missed an event: they are not kept any more. */
  spoil(): void {
    this.#sound = false
  }

  /** Whether enough is new since the last one. */
  isDue(next: number): boolean {
    const { size } = this.#parts.replica.streams
    return next - this.#next >= Math.max(checkpointEvents, this.#next / 2, size * 2)
  }

  /** Writes every read model as it stands at the head; call it between two commits. */
  async write(head: Head): Promise<void> {
    const { log, replica, others } = this.#parts
    if (this.#next === head.next || !this.#sound) return
    const entries = await replica.save(head.next - 1)
    for (const entry of await others()) entries.push(entry)
    await log.entries.write([...entries, markEntry(head)])
    replica.streams.flushed()
    this.#next = head.next
  }
}
