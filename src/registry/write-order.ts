/**
 * Keeps writes in the order of the calls when some have to learn something first: later ones wait for the
 * learning of earlier ones, and for nothing else.
 */
export interface WriteOrder {
  /** Runs a write at once, or after the writes that were called before it. */
  readonly direct: <T>(write: () => Promise<T>) => Promise<T>
  /** Runs a write when its preparation is there, with what it gave. */
  readonly prepared: <A, T>(preparation: Promise<A>, write: (value: A) => Promise<T>) => Promise<T>
}

export const writeOrder = (): WriteOrder => {
  let gate: Promise<unknown> | undefined
  return {
    direct: (write) => (gate === undefined ? write() : gate.then(write)),
    prepared: (preparation, write) => {
      const ready = Promise.all([preparation, gate]).then(([value]) => value)
      const written = ready.then(write)
      // Registered after `write`, so that whoever waits for the gate comes after it.
      const passed = Promise.allSettled([ready, gate]).then(() => {
        if (gate === passed) gate = undefined
      })
      gate = passed
      return written
    },
  }
}
