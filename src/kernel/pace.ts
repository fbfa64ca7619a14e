/** A turn of the event loop is kept well below the ten milliseconds that others may have to wait. */
const turnMs = 4

/** `setImmediate` comes after what waits from outside; browsers have none. */
export const nextTurn = (): Promise<void> =>
  new Promise((resolve) => {
    if (typeof setImmediate === 'function') setImmediate(resolve)
    else setTimeout(resolve)
  })

/** Lets others run while long work goes on: `await` its `turn` after each piece of a few milliseconds at most. */
export class Pace {
  #began = performance.now()

  /** Resolves at once while this turn is young, otherwise in a new one. */
  async turn(): Promise<void> {
    if (performance.now() - this.#began < turnMs) return
    await nextTurn()
    this.#began = performance.now()
  }
}
