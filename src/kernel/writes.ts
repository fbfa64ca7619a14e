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

/** Settles a promise from without; what it resolves with is nobody's. */
interface Follow {
  readonly resolve: (answer: unknown) => void
  readonly reject: (error: unknown) => void
}

/** Writes that began between two questions whether all are settled. */
class Generation {
  #open = 0
  #left: (() => void) | undefined

  enter(): void {
    this.#open += 1
  }

  leave(): void {
    this.#open -= 1
    if (this.#open === 0) this.#left?.()
  }

  /** Resolves when none of them is open. */
  empty(): Promise<void> {
    if (this.#open === 0) return Promise.resolve()
    return new Promise((resolve) => {
      this.#left = resolve
    })
  }
}

const ignore = (): void => {}

/**
 * Follows writes that nobody may be waiting for. One that fails unseen is lost: it is reported at once, and
 * kept until someone asks. What is followed for one owner is followed for the whole, too.
 */
export class Writes {
  readonly #lost: unknown[] = []
  readonly #losers = new Set<Writes>()
  readonly #report: (error: unknown) => void
  readonly #whole: Writes | undefined
  #generation = new Generation()
  /** Resolves when the generations before this one are empty. */
  #before: Promise<unknown> = Promise.resolve()

  constructor(report: (error: unknown) => void, whole?: Writes) {
    this.#report = report
    this.#whole = whole
  }

  /** The promise to give to the caller: awaited or not, its failure is seen. */
  track<T>(write: Promise<T>): Promise<T> {
    let answer: T
    // `as`: the promise resolves when the write did, so the answer is there.
    return this.follow(
      (settle) => {
        write.then((value) => {
          answer = value
          settle.resolve(undefined)
        }, settle.reject)
      },
      () => answer as T,
    )
  }

  /**
   * Begins a write and gives the promise of it to the caller, with no promise between the two: a write of one
   * metric costs little more than its promises do.
   */
  follow<T = void>(begin: (settle: Follow) => void, answer?: () => T): Promise<T> {
    let done: (value: T) => void = ignore
    let failed: (error: unknown) => void = ignore
    const watched = new Watched<T>((resolve, reject) => {
      done = resolve
      failed = reject
    })
    const leave = this.#enter()
    const settle: Follow = {
      resolve: () => {
        leave()
        // `as`: a write without an answer is one of nothing.
        done(answer === undefined ? (undefined as T) : answer())
      },
      reject: (error) => {
        // The base class's `then`: Node would end the process for a rejection that nobody handles.
        Promise.prototype.then.call(watched, ignore, ignore)
        failed(error)
        this.#judge(watched, error, leave)
      },
    }
    try {
      begin(settle)
    } catch (error) {
      settle.reject(error)
    }
    return watched
  }

  /** Resolves when every write up to now has succeeded or failed. */
  async settled(): Promise<void> {
    const passed = this.#generation
    this.#generation = new Generation()
    this.#before = Promise.all([this.#before, passed.empty()])
    await this.#before
  }

  /** Takes the oldest error that nobody has seen, and forgets the others; `undefined` when there is none. */
  takeLost(): unknown {
    const own = this.#lost.splice(0)
    if (this.#whole !== undefined) this.#whole.#losers.delete(this)
    const others = [...this.#losers].map((writes) => writes.takeLost())
    return [...own, ...others][0]
  }

  /** Counts a write here and in the whole, until the function that it gives is called. */
  #enter(): () => void {
    const own = this.#generation
    const whole = this.#whole === undefined ? undefined : this.#whole.#generation
    own.enter()
    whole?.enter()
    return () => {
      own.leave()
      whole?.leave()
    }
  }

  #judge(watched: Watched<unknown>, error: unknown, leave: () => void): void {
    if (watched.watched) {
      leave()
      return
    }
    // A caller that hands the promise on, as an async function does, comes to wait a moment later.
    setTimeout(() => {
      if (!watched.watched) this.#lose(error)
      leave()
    }, 0)
  }

  #lose(error: unknown): void {
    this.#lost.push(error)
    if (this.#whole !== undefined) this.#whole.#losers.add(this)
    this.#report(error)
  }
}
