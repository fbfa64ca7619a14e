import {
  Observable,
  type Observer,
  type Operator,
  Subscriber,
  type Subscription,
  type TeardownLogic,
} from 'rxjs'
import type { Report } from '../problem.ts'

/** What is told of faults, and of the event that is being handed on. */
export interface Guard {
  readonly report: Report
  /** Position of what is handed on now. */
  position: number | undefined
}

type Next<T> = (value: T) => unknown
type OnError = (error: unknown) => unknown
type OnComplete = () => unknown

/**
 * An observable whose observers may throw. RxJS throws what they threw again where nobody can catch it, which
 * ends the process; here it is reported, and the observer gets what comes next. So are the rejection of an
 * observer that is an async function, and an error for which there is no handler.
 */
export class GuardedObservable<T> extends Observable<T> {
  readonly #guard: Guard

  constructor(guard: Guard, subscribe?: (subscriber: Subscriber<T>) => TeardownLogic) {
    super(subscribe)
    this.#guard = guard
  }

  /** What operators make of it is guarded, too. */
  override lift<R>(operator?: Operator<T, R>): Observable<R> {
    const lifted = new GuardedObservable<R>(this.#guard)
    lifted.source = this
    lifted.operator = operator
    return lifted
  }

  override subscribe(
    first?: Partial<Observer<T>> | Next<T> | null,
    error?: OnError | null,
    complete?: OnComplete | null,
  ): Subscription {
    // Operators hand on what their observers throw by themselves.
    if (first instanceof Subscriber) return super.subscribe(first)
    const given: Partial<Observer<T>> =
      typeof first === 'object' && first !== null ? first : handlers(first, error, complete)
    return super.subscribe({
      next: (value) => this.#run(() => given.next?.(value)),
      error: (cause: unknown) => {
        if (given.error === undefined) this.#guard.report(cause, this.#guard.position)
        else this.#run(() => given.error?.(cause))
      },
      complete: () => this.#run(() => given.complete?.()),
    })
  }

  #run(task: () => unknown): void {
    const { report, position } = this.#guard
    try {
      const returned = task()
      if (returned instanceof Promise) returned.catch((error: unknown) => report(error, position))
    } catch (error) {
      report(error, position)
    }
  }
}

const handlers = <T>(
  next: Next<T> | null | undefined,
  error: OnError | null | undefined,
  complete: OnComplete | null | undefined,
): Partial<Observer<T>> => ({
  ...(next == null ? {} : { next }),
  ...(error == null ? {} : { error }),
  ...(complete == null ? {} : { complete }),
})
