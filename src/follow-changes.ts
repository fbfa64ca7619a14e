import { Observable } from 'rxjs'
import type { EventEngine } from './kernel/event-engine.ts'
import { packDerived } from './kernel/events/codec.ts'

/**
 * What a question gives, now and whenever the answer changes. Asked again after commits, one at a time: an
 * answer that is outdated before it is given is passed over, and nothing is buffered. Ends with the signal.
 */
export const followChanges = <T>(
  engine: EventEngine,
  ask: () => Promise<T>,
  ended: AbortSignal,
): Observable<T> =>
  new Observable<T>((observer) => {
    let asking = false
    let again = false
    let before: Uint8Array | undefined
    const answer = async (): Promise<void> => {
      do {
        again = false
        const value = await ask()
        const bytes = packDerived([value])
        if (before !== undefined && same(bytes, before)) continue
        before = bytes
        observer.next(value)
      } while (again)
    }
    const refresh = (): void => {
      again = true
      if (asking) return
      asking = true
      answer()
        .catch((error: unknown) => observer.error(error))
        .finally(() => {
          asking = false
        })
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

const same = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, at) => byte === b[at])
