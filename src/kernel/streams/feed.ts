import { Observable } from 'rxjs'

/**
 * A sequence that starts with history and goes on live, pulled or pushed.
 *
 * Pulled (`for await`), nothing is read before it is asked for, nothing is lost, nothing comes twice.
 * Pushed (`observe`), the same sequence is handed on one item at a time, each after the observer
 * returned from the one before: nothing is buffered here. It ends with the signal, or when the store closes.
 */
export interface Feed<T> extends AsyncIterable<T> {
  /** The same sequence as an RxJS Observable; each subscription starts it anew. */
  observe(): Observable<T>
  /** The same sequence, ended by the signal. */
  until(signal: AbortSignal): Feed<T>
}

/** Where a feed starts: before the first event, after the last one, or at a position. */
export type FeedStart = 'start' | 'now' | number

/** Makes a feed from a function that starts the sequence anew, ended by the signal it is given. */
export const feedOf = <T>(start: (signal: AbortSignal) => AsyncIterable<T>): Feed<T> => {
  const over = (outer: readonly AbortSignal[]): Feed<T> => ({
    [Symbol.asyncIterator]() {
      const own = new AbortController()
      const iterator = start(AbortSignal.any([own.signal, ...outer]))[Symbol.asyncIterator]()
      return {
        next: () => iterator.next(),
        // Ends a wait for live events first: a generator cannot return while it awaits.
        return: async () => {
          own.abort()
          await iterator.return?.()
          return { done: true, value: undefined }
        },
      }
    },
    observe: () =>
      new Observable<T>((observer) => {
        const own = new AbortController()
        const run = async (): Promise<void> => {
          for await (const item of start(AbortSignal.any([own.signal, ...outer]))) {
            if (own.signal.aborted) return
            observer.next(item)
          }
          observer.complete()
        }
        run().catch((error: unknown) => observer.error(error))
        return () => own.abort()
      }),
    until: (signal) => over([...outer, signal]),
  })
  return over([])
}

/** The feed with each item turned into none, one or several others. */
export const flatMapFeed = <A, B>(feed: Feed<A>, turn: (item: A) => Iterable<B>): Feed<B> =>
  feedOf(async function* (signal) {
    for await (const item of feed.until(signal)) yield* turn(item)
  })
