import { kernelError } from '../errors.ts'
import type { RecordedEvent } from '../events/event.ts'
import { type ErasedData, erasedType } from '../events/payload-events.ts'

/** A recorded erasure's word for the payload that stands in a commit's place. */
interface Voucher {
  /** SHA-256 of the payload, hex. */
  readonly payload: string
  /** Position of the event that says so. */
  readonly by: number
}

/**
 * Payloads that are not those of their commits' headers, and the recorded erasures that vouch for them. The newest
 * erasure of a commit says what must stand there: neither the payload that was erased nor one that nobody recorded.
 */
export class Erasures {
  readonly #vouchers = new Map<number, Voucher[]>()
  /** Payloads that are not those of their headers, by the first position of the commit. */
  readonly #others = new Map<number, string>()
  readonly #positions = new Set<number>()

  /** Number of events of which something was erased. */
  get count(): number {
    return this.#positions.size
  }

  /** Takes note of a payload that is not that of its header. */
  note(first: number, payload: string): void {
    this.#others.set(first, payload)
  }

  /** Learns what a commit's events say of earlier commits; the same events again change nothing. */
  learn(events: readonly RecordedEvent[]): void {
    for (const { type, data, position } of events) {
      if (type !== erasedType) continue
      // `as`: the type says what the data is, and the engine alone records it.
      const { commits, payloads, positions } = data as ErasedData
      for (const each of positions) this.#positions.add(each)
      for (const [at, first] of [...commits].entries()) {
        const payload = payloads[at]
        if (payload !== undefined && first < position) {
          this.#vouch(first, { payload, by: position })
        }
      }
    }
  }

  #vouch(first: number, voucher: Voucher): void {
    const known = this.#vouchers.get(first) ?? []
    if (known.some(({ by }) => by === voucher.by)) return
    this.#vouchers.set(
      first,
      [...known, voucher].sort((a, b) => a.by - b.by),
    )
  }

  /** Whether a payload was noted that no erasure learnt so far accounts for. */
  isDoubtful(first: number): boolean {
    const payload = this.#others.get(first)
    if (payload === undefined) return false
    return this.#vouchers.get(first)?.some((voucher) => voucher.payload === payload) !== true
  }

  /**
   * Checks that every commit from a position on holds the payload that it must.
   *
   * @param upTo - Position of the log's end when the check began: what was erased later may have been met or not.
   * @throws `LOG_CORRUPT` with the position of the first that does not
   */
  settle(from: number, upTo: number): void {
    const firsts = new Set([...this.#others.keys(), ...this.#vouchers.keys()])
    for (const first of [...firsts].sort((a, b) => a - b)) {
      if (first >= from && first <= upTo) this.settleOne(first, upTo)
    }
  }

  /** Checks one commit. @throws `LOG_CORRUPT` */
  settleOne(first: number, upTo: number): void {
    const payload = this.#others.get(first)
    const vouchers = this.#vouchers.get(first) ?? []
    const later = vouchers.filter(({ by }) => by > upTo)
    const valid = vouchers.findLast(({ by }) => by <= upTo)
    if (payload === undefined) {
      if (valid !== undefined) throw isUndone(first, valid)
      return
    }
    if (payload === valid?.payload || later.some((voucher) => voucher.payload === payload)) return
    throw valid === undefined ? isChanged(first) : isUndone(first, valid)
  }
}

const isChanged = (first: number): Error =>
  damaged(first, 'the payload does not have the digest that its header states')

const isUndone = (first: number, { by }: Voucher): Error =>
  damaged(first, `the payload is not the one that the erasure at position ${by} left there`)

const damaged = (first: number, why: string): Error =>
  kernelError(
    'LOG_CORRUPT',
    `The log is damaged at position ${first}: ${why}. Copy the folder before anything else, and restore a backup.`,
    { data: { position: first, why } },
  )
