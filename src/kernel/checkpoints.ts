import type { Head } from './log/commit.ts'
import type { EventLog } from './log/event-log.ts'
import { markEntry } from './log/settings.ts'
import type { Replica } from './projections/replica.ts'
import type { UserProjections } from './projections/user-projections.ts'

/** Due when this many events are new: an opening folds them again in a fraction of a second. */
const checkpointEvents = 50_000

export interface CheckpointParts {
  readonly log: EventLog
  readonly replica: Replica
  /** Position after the last event of the checkpoint on disk. */
  readonly checkpointed: number
  /** The user's projections are kept with it. */
  readonly user: UserProjections
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
    return next - this.#next >= checkpointEvents
  }

  /** Writes every read model as it stands at the head; call it between two commits. */
  async write(head: Head): Promise<void> {
    const { log, replica, user } = this.#parts
    if (this.#next === head.next || !this.#sound) return
    const entries = await replica.save(head.next - 1)
    try {
      for (const entry of await user.save()) entries.push(entry)
      await log.entries.write([...entries, markEntry(head)])
    } catch (error) {
      replica.notSaved()
      user.notSaved()
      throw error
    }
    replica.saved()
    this.#next = head.next
  }
}
