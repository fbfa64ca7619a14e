import assert from 'node:assert/strict'
import type { VarveEventData } from 'varve'
import { models, type Note, type Soaked } from './store.ts'

type Points = VarveEventData['run.metrics-logged']
type Move = VarveEventData['version.transitioned']

/**
 * What the log says, kept by the plainest means beside the engine: positions without a gap, the lines of all
 * that may have been acknowledged, and what the read models must answer.
 */
export class Ledger {
  /** Position after the last event that was read. */
  next = 0
  readonly notesByLife: Record<string, number> = {}
  /** What was read since the last reconciliation, in the words in which it is acknowledged. */
  readonly #fresh = new Set<string>()
  readonly #points = new Map<string, number>()
  readonly #production = new Map<string, number>()

  /** Reads what is new in the log. */
  async read(varve: Soaked): Promise<void> {
    for await (const { events } of varve.read({ from: this.next })) {
      for (const event of events) {
        assert.equal(event.position, this.next)
        this.next += 1
        // `as`: the type of an event says what its data is.
        if (event.type === 'note.taken') this.#note(event.position, event.data as Note)
        if (event.type === 'run.metrics-logged') this.#logged(event.stream, event.data as Points)
        if (event.type === 'version.transitioned') this.#moved(event.stream, event.data as Move)
      }
    }
  }

  /** Every line that was acknowledged since the last time is in what was read since then. */
  reconcile(acknowledged: readonly string[]): void {
    const lost = acknowledged.filter((line) => !this.#fresh.has(line))
    assert.deepEqual(lost, [], 'acknowledged, and lost')
    this.#fresh.clear()
  }

  /** The read models answer what the log says. */
  async compare(varve: Soaked): Promise<void> {
    for (const model of models) {
      const current = await varve.registry.current(model, 'Production').catch(() => undefined)
      assert.equal(current?.version, this.#production.get(model), `production of ${model}`)
    }
    for (const [id, count] of this.#points) {
      const { metrics } = await varve.runs.get(id)
      const counted = Object.values(metrics).reduce((sum, metric) => sum + metric.count, 0)
      assert.equal(counted, count, `points of run ${id}`)
    }
  }

  get points(): number {
    return [...this.#points.values()].reduce((sum, count) => sum + count, 0)
  }

  #note(position: number, { life, caller, n }: Note): void {
    this.#fresh.add(`note ${position} ${life} ${caller} ${n}`)
    this.notesByLife[`life ${life}`] = (this.notesByLife[`life ${life}`] ?? 0) + 1
  }

  #logged(stream: string, { keys, step }: Points): void {
    const id = stream.replace('run:', '')
    this.#points.set(id, (this.#points.get(id) ?? 0) + step.length)
    this.#fresh.add(`${keys.length === 50 ? 'batch' : 'point'} ${id} ${step[0]}`)
  }

  #moved(stream: string, { version, to, comment }: Move): void {
    const model = stream.replace('model:', '')
    if (to === 'Production') this.#production.set(model, version)
    else if (this.#production.get(model) === version) this.#production.delete(model)
    this.#fresh.add(`move ${model} ${comment}`)
  }
}
