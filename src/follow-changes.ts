import type { Observable } from 'rxjs'
import type { EventEngine } from './kernel/event-engine.ts'
import { packDerived } from './kernel/events/codec.ts'
import { reportTo } from './kernel/problem.ts'
import { type Guard, GuardedObservable } from './kernel/streams/guarded.ts'

/**
 * What a question gives, now and whenever the answer changes. Asked again after commits, one at a time: an
 * answer that is outdated before it is given is passed over, and nothing is buffered. Ends with the signal.
 * What an observer throws is a problem at the position that it was told of, and it is told of the next answer.
 */
export const followChanges = <T>(
  engine: EventEngine,
  ask: () => Promise<T>,
  ended: AbortSignal,
): Observable<T> => {
  const report = reportTo(engine.problems, 'observer of watch')
  const guard: Guard = { report, position: undefined }
  return new GuardedObservable<T>(guard, (observer) => {
    let asking = false
    let again = false
    let before: Uint8Array | undefined
    const answer = async (): Promise<void> => {
      do {
        again = false
        const asked = engine.last
        const value = await ask()
        const bytes = packDerived([value])
        if (before !== undefined && same(bytes, before)) continue
        before = bytes
        guard.position = asked
        observer.next(value)
      } while (again && !observer.closed)
      // In the same turn: a commit that comes from here on asks anew, one that came before was answered.
      asking = false
    }
    const refresh = (): void => {
      again = true
      if (asking) return
      asking = true
      answer().catch((error: unknown) => observer.error(error))
    }
    const complete = (): void => observer.complete()
    if (ended.aborted) return complete()
    ended.addEventListener('abort', complete)
    refresh()
    const commits = engine.commits.subscribe({ next: refresh, complete })
    return () => {
      ended.removeEventListener('abort', complete)
      commits.unsubscribe()
    }
  })
}

const same = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, at) => byte === b[at])
