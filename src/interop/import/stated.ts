import type { Reader } from '../../kernel/engine.ts'
import { statementsOf } from './statements.ts'

/**
 * What the log says about one entity already, and whether an import said it or somebody else.
 *
 * A source is compared with what imports said of it, not with what is there now: what was changed here since
 * stays changed, and a second import of the same source adds nothing.
 */
export class Stated {
  readonly #imported = new Map<string, string>()
  readonly #own = new Map<string, string>()
  readonly #points = new Map<string, number>()

  /** Whether there is anything. */
  get isEmpty(): boolean {
    return this.#imported.size + this.#own.size === 0
  }

  /** Whether any of it came from an import. */
  get isImported(): boolean {
    return this.#imported.size > 0
  }

  /** Whether an import said something of this. */
  isImportedField(field: string): boolean {
    return this.#imported.has(field)
  }

  set(field: string, value: string, isImported: boolean): void {
    if (isImported) this.#imported.set(field, value)
    else this.#own.set(field, value)
  }

  get(field: string): string | undefined {
    return this.#imported.get(field) ?? this.#own.get(field)
  }

  /**
   * Whether the source says something that it did not say before, and that nobody else said in its place.
   *
   * @param assumed - What goes without saying.
   */
  isNew(field: string, value: string, assumed?: string): boolean {
    const imported = this.#imported.get(field)
    if (imported !== undefined) return imported !== value
    return !this.#own.has(field) && value !== assumed
  }

  addPoint(point: string): void {
    this.#points.set(point, (this.#points.get(point) ?? 0) + 1)
  }

  get hasPoints(): boolean {
    return this.#points.size > 0
  }

  /** Takes one such point away, if there is one: each point stands for one of the source's. */
  takePoint(point: string): boolean {
    const count = this.#points.get(point) ?? 0
    if (count === 0) return false
    this.#points.set(point, count - 1)
    return true
  }
}

/** What a stream says. */
export const readStated = async (reader: Reader, stream: string): Promise<Stated> => {
  const stated = new Stated()
  for (const event of await reader.stream(stream)) {
    const isImported = event.meta?.claimed !== undefined
    const { fields, points } = statementsOf(event)
    for (const [field, value] of fields) stated.set(field, value, isImported)
    for (const point of points) stated.addPoint(point)
  }
  return stated
}
