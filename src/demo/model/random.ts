/** A source of numbers in [0, 1) that is the same on every machine for the same seed. */
export type Random = () => number

/** Mulberry32: 32 bits of state, plenty for a demonstration. */
export const seeded = (seed: number): Random => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** The same items in a random order (Fisher and Yates). */
export const shuffled = <T>(items: readonly T[], random: Random): T[] => {
  const order = items.map((item) => ({ item, at: random() }))
  return order.sort((a, b) => a.at - b.at).map(({ item }) => item)
}
