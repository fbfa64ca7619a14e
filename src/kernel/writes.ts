/** A promise that knows whether anybody waits for it. */
class Watched<T> extends Promise<T> {
  /** `then` gives a plain promise: only the write itself is watched. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise
  }

  watched = false

  // biome-ignore lint/suspicious/noThenProperty: a subclass's own `then` is what `await` calls.
  override then<A = T, B = never>(
    kept?: ((value: T) => A | PromiseLike<A>) | null,
    broken?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.watched = true
    return super.then(kept, broken)
  }
}

const nextTask = (): Promise<void> => new Promise((done) => setTimeout(done, 0))

/**
 * Follows writes that nobody may be waiting for. One that fails unseen is lost: it is reported at once, and
 * kept until someone asks. What is followed for one owner is followed for the whole, too.
 */
export class Writes {
  readonly #pending = new Set<Promise<unknown>>()
  readonly #lost: unknown[] = []
  readonly #losers = new Set<Writes>()
  readonly #report: (error: unknown) => void
  readonly #whole: Writes | undefined

  constructor(report: (error: unknown) => void, whole?: Writes) {
    this.#report = report
    this.#whole = whole
  }

  /** The promise to give to the caller: awaited or not, its failure is seen. */
  track<T>(write: Promise<T>): Promise<T> {
    const watched = new Watched<T>((resolve, reject) => {
      write.then(resolve, reject)
    })
    // The base class's `then`: this waits without being the somebody who waits. It handles the rejection, too,
    // for which Node would end the process.
    const judged: Promise<unknown> = Promise.prototype.then.call(
      watched,
      () => this.#settle(judged),
      async (error: unknown) => {
        // A caller that hands the promise on, as an async function does, comes to wait a moment later.
        if (!watched.watched) await nextTask()
        this.#settle(judged)
        if (!watched.watched) this.#lose(error)
      },
    )
    this.#add(judged)
    return watched
  }

  /** Resolves when every write up to now has succeeded or failed. */
  async settled(): Promise<void> {
    await Promise.all(this.#pending)
  }

  /** Takes the oldest error that nobody has seen, and forgets the others; `undefined` when there is none. */
  takeLost(): unknown {
    const own = this.#lost.splice(0)
    if (this.#whole !== undefined) this.#whole.#losers.delete(this)
    const others = [...this.#losers].map((writes) => writes.takeLost())
    return [...own, ...others][0]
  }

  #add(write: Promise<unknown>): void {
    this.#pending.add(write)
    if (this.#whole !== undefined) this.#whole.#add(write)
  }

  #settle(write: Promise<unknown>): void {
    this.#pending.delete(write)
    if (this.#whole !== undefined) this.#whole.#settle(write)
  }

  #lose(error: unknown): void {
    this.#lost.push(error)
    if (this.#whole !== undefined) this.#whole.#losers.add(this)
    this.#report(error)
  }
}
