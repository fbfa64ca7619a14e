import type { RecordedEvent, Varve, VarveEventData } from '../../src/index.ts'

/** What a log holds of the writer's events, in the words in which the writer says what was acknowledged. */
export interface Found {
  /** `event <position> <life> <caller> <n>`, `point …`, `pair …`, `move …`. */
  readonly lines: Set<string>
  /** Half of a command without the other half, and data that is not what was written. */
  readonly wrong: readonly string[]
  /** Position after the last one that was read. */
  readonly next: number
}

interface Probe {
  readonly life: string
  readonly caller: number
  readonly n: number
  readonly pad: string
}

/** What the writer gives its nth event. */
const padOf = ({ life, caller, n }: Probe): string => `${life}:${caller}:${n};`.repeat(1 + (n % 9))

class Reading {
  readonly lines = new Set<string>()
  readonly wrong: string[] = []
  readonly #tags = new Set<string>()

  probe(position: number, probe: Probe): void {
    const { life, caller, n, pad } = probe
    if (pad !== padOf(probe)) this.wrong.push(`position ${position} holds "${pad}"`)
    this.lines.add(`event ${position} ${life} ${caller} ${n}`)
  }

  points(life: string, { keys, key, step }: VarveEventData['run.metrics-logged']): void {
    for (const [at, index] of key.entries()) {
      this.lines.add(`${keys[index] === 'pair' ? 'pair' : 'point'} ${life} ${step[at]}`)
    }
  }

  take({ position, type, stream, data }: RecordedEvent): void {
    const life = stream.replace('run:life-', '')
    // `as`: the type says what the data is.
    if (type === 'probe.written') this.probe(position, data as Probe)
    else if (type === 'run.metrics-logged') this.points(life, data as Points)
    else if (type === 'run.tags-set') this.tags(life, data as Tags)
    else if (type === 'version.transitioned') this.lines.add(`move ${(data as Move).comment}`)
  }

  tags(life: string, { tags }: VarveEventData['run.tags-set']): void {
    for (const [key, value] of tags) if (key === 'pair') this.#tags.add(`pair ${life} ${value}`)
  }

  halves(): void {
    for (const line of this.lines) {
      if (line.startsWith('pair ') && !this.#tags.has(line)) this.wrong.push(`${line} has no tag`)
    }
    for (const tag of this.#tags) {
      if (!this.lines.has(tag)) this.wrong.push(`${tag} has no point`)
    }
  }
}

/** Reads the writer's events from a position on. */
export const readHistory = async (varve: Varve, from: number): Promise<Found> => {
  const reading = new Reading()
  let next = from
  for await (const { events } of varve.read({ from })) {
    for (const event of events) {
      if (event.position !== next) {
        reading.wrong.push(`position ${event.position} comes where ${next} should`)
      }
      next = event.position + 1
      reading.take(event)
    }
  }
  reading.halves()
  return { lines: reading.lines, wrong: reading.wrong, next }
}

type Points = VarveEventData['run.metrics-logged']
type Tags = VarveEventData['run.tags-set']
type Move = VarveEventData['version.transitioned']
