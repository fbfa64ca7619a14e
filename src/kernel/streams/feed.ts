import { Observable, type Subscriber } from 'rxjs'
import type { Report } from '../problem.ts'
import { type Guard, GuardedObservable } from './guarded.ts'

/**
 * A sequence that starts with history and goes on live, pulled or pushed.
 *
 * Pulled (`for await`), nothing is read before it is asked for, nothing is lost, nothing comes twice.
 * Pushed (`observe`), the same sequence is handed on one item at a time, each after the observer
 * returned from the one before: nothing is buffered here. What an observer throws is reported, and the next
 * item follows. It ends with the signal, or when the store closes.
 */
export interface Feed<T> extends AsyncIterable<T> {
  /** The same sequence as an RxJS Observable; each subscription starts it anew. */
  observe(): Observable<T>
  /** The same sequence, ended by the signal. */
  until(signal: AbortSignal): Feed<T>
}

/** Where a feed starts: before the first event, after the last one, or at a position. */
export type FeedStart = 'start' | 'now' | number

/** Starts a sequence anew; the signal ends it. */
type Start<T> = (signal: AbortSignal) => AsyncIterable<T>

/** Who is told when an observer of a feed throws: also of the feeds that are made from it. */
const reports = new WeakMap<Feed<unknown>, Report>()

/**
 * Makes a feed from a function that starts the sequence anew.
 *
 * @param report - Told what observers throw; without it, RxJS throws that again where nobody catches it.
 */
export const feedOf = <T>(start: Start<T>, report?: Report): Feed<T> => {
  const over = (outer: readonly AbortSignal[]): Feed<T> => {
    const begin: Start<T> = (own) => start(AbortSignal.any([own, ...outer]))
    const feed: Feed<T> = {
      [Symbol.asyncIterator]: () => pulled(begin, outer),
      observe: () => pushed(feed, report),
      until: (signal) => over([...outer, signal]),
    }
    if (report !== undefined) reports.set(feed, report)
    return feed
  }
  return over([])
}

/** The feed with each item turned into none, one or several others. */
export const flatMapFeed = <A, B>(feed: Feed<A>, turn: (item: A) => Iterable<B>): Feed<B> =>
  feedOf(async function* (signal) {
    for await (const item of feed.until(signal)) yield* turn(item)
  }, reports.get(feed))

/** An iterator that a signal ends at once, even within a batch, and that can be left while it waits. */
export const pulled = <T>(start: Start<T>, outer: readonly AbortSignal[]): AsyncIterator<T> => {
  const own = new AbortController()
  const iterator = start(own.signal)[Symbol.asyncIterator]()
  const leave = async (): Promise<IteratorResult<T>> => {
    // Ends a wait for live events first: a generator cannot return while it awaits.
    own.abort()
    await iterator.return?.()
    return { done: true, value: undefined }
  }
  let began = false
  return {
    next: async () => {
      // The first question is the sequence's own to answer: it knows why it cannot begin.
      if (began && outer.some(({ aborted }) => aborted)) return await leave()
      began = true
      return await iterator.next()
    },
    return: leave,
  }
}

const pushed = <T>(items: AsyncIterable<T>, report: Report | undefined): Observable<T> => {
  const guard: Guard = { report: report ?? nobody, position: undefined }
  const subscribe = (observer: Subscriber<T>): (() => void) => {
    const iterator = items[Symbol.asyncIterator]()
    const run = async (): Promise<void> => {
      for await (const item of { [Symbol.asyncIterator]: () => iterator }) {
        if (observer.closed) return
        guard.position = positionOf(item)
        observer.next(item)
      }
      observer.complete()
    }
    run().catch((error: unknown) => observer.error(error))
    return () => {
      // What ends the sequence badly has ended `run`.
      iterator.return?.().catch(() => undefined)
    }
  }
  if (report === undefined) return new Observable(subscribe)
  return new GuardedObservable(guard, subscribe)
}

const nobody: Report = () => undefined

/** The position of an event, or of what was made from one. */
const positionOf = (item: unknown): number | undefined =>
  typeof item === 'object' &&
  item !== null &&
  'position' in item &&
  typeof item.position === 'number'
    ? item.position
    : undefined
