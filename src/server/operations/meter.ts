/** Upper bounds of the histogram of answers, in seconds. */
const bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const

/** A metric in Prometheus' text format. */
interface Sample {
  readonly name: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  readonly lines: readonly string[]
}

/** Facts about the store that are shown beside those of the requests. */
export interface StoreFacts {
  readonly events: number
  readonly commits: number
  readonly bytes: number
  /** Whether it takes writes. */
  readonly writable: boolean
}

const gauge = (name: string, help: string, value: number): Sample => ({
  name,
  type: 'gauge',
  help,
  lines: [`${name} ${value}`],
})

const counter = (name: string, help: string, value: number): Sample => ({
  ...gauge(name, help, value),
  type: 'counter',
})

const textOf = ({ name, type, help, lines }: Sample): string =>
  [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines].join('\n')

const known = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

/** Counts requests, and how long their answers took. */
export class Meter {
  readonly #answers = new Map<string, number>()
  readonly #buckets = bounds.map(() => 0)
  #count = 0
  #sum = 0
  #inProgress = 0

  begin(): void {
    this.#inProgress += 1
  }

  /** @param seconds - From the request to the head of its answer. */
  end(method: string, status: number, seconds: number): void {
    this.#inProgress -= 1
    // A client may send any word for a method: they are no reason to keep a count each.
    const key = `method="${known.has(method) ? method : 'other'}",status="${status}"`
    this.#answers.set(key, (this.#answers.get(key) ?? 0) + 1)
    this.#count += 1
    this.#sum += seconds
    const bucket = bounds.findIndex((bound) => seconds <= bound)
    if (bucket !== -1) this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + 1
  }

  /** Everything, in Prometheus' text format. */
  text({ events, commits, bytes, writable }: StoreFacts): string {
    const samples = [
      this.#requests(),
      this.#seconds(),
      gauge('varve_http_requests_in_progress', 'Requests being answered.', this.#inProgress),
      counter('varve_log_events_total', 'Events in the log.', events),
      counter('varve_log_commits_total', 'Commits in the log.', commits),
      gauge('varve_log_bytes', 'Bytes that the log takes.', bytes),
      gauge('varve_store_writable', '1 where the store takes writes.', writable ? 1 : 0),
    ]
    return `${samples.map(textOf).join('\n')}\n`
  }

  #requests(): Sample {
    const name = 'varve_http_requests_total'
    const lines = [...this.#answers].map(([labels, count]) => `${name}{${labels}} ${count}`)
    return { name, type: 'counter', help: 'Requests answered.', lines }
  }

  #seconds(): Sample {
    const name = 'varve_http_request_seconds'
    let below = 0
    const buckets = bounds.map((bound, at) => {
      below += this.#buckets[at] ?? 0
      return `${name}_bucket{le="${bound}"} ${below}`
    })
    return {
      name,
      type: 'histogram',
      help: 'Seconds from a request to the head of its answer.',
      lines: [
        ...buckets,
        `${name}_bucket{le="+Inf"} ${this.#count}`,
        `${name}_sum ${this.#sum}`,
        `${name}_count ${this.#count}`,
      ],
    }
  }
}
