/** Numbers of the parts of a state that changed since they were last saved. */
export class ChangedParts {
  #parts = new Set<number>()
  /** Events of one part often come together. */
  #latest = -1

  add(part: number): void {
    if (part === this.#latest) return
    this.#parts.add(part)
    this.#latest = part
  }

  /** Takes them all, in order; from here on others are counted. */
  take(): number[] {
    const parts = [...this.#parts].sort((a, b) => a - b)
    this.#parts = new Set()
    this.#latest = -1
    return parts
  }
}

/** How a read model lies in a checkpoint: in numbered parts, so that saving it costs what changed. */
export interface Parts<State> {
  /** How many there are, numbered from 0; they never become fewer. */
  readonly count: (state: State) => number
  readonly changed: (state: State) => ChangedParts
  /** One part as plain data, within a few milliseconds; equal states have equal parts. */
  readonly save: (state: State, part: number) => unknown
  /** Makes room in an initial state, before as many parts are loaded. */
  readonly expect?: (state: State, parts: number) => void
  /** Adds what `save` gave to a state that has every part before it and nothing else. */
  readonly load: (state: State, saved: unknown) => void
}

/** A small state as one part, which is saved each time. */
export const onePart = <State>({
  save,
  load,
}: {
  readonly save: (state: State) => unknown
  readonly load: (state: State, saved: unknown) => void
}): Parts<State> => ({
  count: () => 1,
  changed: () => {
    const changed = new ChangedParts()
    changed.add(0)
    return changed
  },
  save,
  load,
})

/** So many aggregates that came one after the other make a part. */
const together = 64

/** Numbers aggregates in the order in which they came, and knows which parts of neighbours changed. */
export class Neighbours {
  readonly changed = new ChangedParts()
  readonly #numbers = new Map<string, number>()
  readonly #keys: string[] = []

  /** Number of parts. */
  get parts(): number {
    return Math.ceil(this.#keys.length / together)
  }

  /** The aggregate of a key is new, or changed. */
  note(key: string): void {
    this.changed.add(Math.floor(this.#numberOf(key) / together))
  }

  /** The aggregate of a key is new, and as it was saved. */
  add(key: string): void {
    this.#numberOf(key)
  }

  /** The keys of a part, in order. */
  keys(part: number): readonly string[] {
    return this.#keys.slice(part * together, (part + 1) * together)
  }

  #numberOf(key: string): number {
    const known = this.#numbers.get(key)
    if (known !== undefined) return known
    this.#numbers.set(key, this.#keys.length)
    return this.#keys.push(key) - 1
  }
}

/** Aggregates by key, none of which is ever removed: knows which were set. */
export class Aggregates<Aggregate> extends Map<string, Aggregate> {
  readonly neighbours = new Neighbours()

  override set(key: string, aggregate: Aggregate): this {
    this.neighbours.note(key)
    return super.set(key, aggregate)
  }

  /** Puts one back that was saved. */
  restore(key: string, aggregate: Aggregate): void {
    this.neighbours.add(key)
    super.set(key, aggregate)
  }
}

/** How one aggregate of many is saved; none is ever removed. */
export interface AggregateParts<State, Saved> {
  readonly neighbours: (state: State) => Neighbours
  readonly save: (state: State, key: string) => Saved
  readonly load: (state: State, saved: Saved) => void
}

/** The parts of a state that is a collection of aggregates: neighbours lie together. */
export const aggregateParts = <State, Saved>({
  neighbours,
  save,
  load,
}: AggregateParts<State, Saved>): Parts<State> => ({
  count: (state) => neighbours(state).parts,
  changed: (state) => neighbours(state).changed,
  save: (state, part) =>
    neighbours(state)
      .keys(part)
      .map((key) => [key, save(state, key)]),
  load: (state, saved) => {
    // `as`: what a checkpoint holds is what `save` gave.
    for (const [key, aggregate] of saved as readonly (readonly [string, Saved])[]) {
      neighbours(state).add(key)
      load(state, aggregate)
    }
  },
})
