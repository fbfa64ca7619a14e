import { kernelError } from '../errors.ts'
import { type Head, headAfter, verifyCommit } from './commit.ts'
import type { EventLog, StoredCommit } from './event-log.ts'
import { sameBytes } from './sealed.ts'

/** A commit that the log has, and the head that it leaves. */
export interface LaterCommit {
  readonly stored: StoredCommit
  readonly head: Head
}

/**
 * The commits after a head that was acknowledged, each checked: those of which the storage said that it had failed,
 * and had not.
 *
 * @throws `LOG_CORRUPT` when the log no longer has the head, or what follows does not link to it; `LOG_FORMAT`
 */
export const commitsAfter = async (log: EventLog, head: Head): Promise<LaterCommit[]> => {
  if (head.next > 0) await checkHas(log, head)
  const later: LaterCommit[] = []
  let before = head
  for await (const commits of log.read(head.next)) {
    for (const stored of commits) {
      if (stored.first < head.next) continue
      before = verifyCommit(stored, before)
      later.push({ stored, head: before })
    }
  }
  return later
}

const checkHas = async (log: EventLog, head: Head): Promise<void> => {
  const stored = await log.at(head.next - 1)
  const found = headAfter(stored)
  if (found.next === head.next && sameBytes(found.hash, head.hash)) return
  throw kernelError(
    'LOG_CORRUPT',
    `The log, opened again, no longer has the commit at position ${head.next - 1}, which was acknowledged. Copy the folder before anything else, and restore a backup.`,
    { data: { position: head.next - 1 } },
  )
}
