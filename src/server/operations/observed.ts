import { newId } from '../../kernel/ids.ts'
import { Meter } from './meter.ts'

/** A request that was answered, for a log. */
export interface Answered {
  /** The `x-request-id` of the request, or one that was made for it; the answer bears it. */
  readonly id: string
  readonly method: string
  /** With the query. */
  readonly path: string
  readonly status: number
  /** From the request to the head of its answer. */
  readonly milliseconds: number
}

export interface Observed {
  readonly meter: Meter
  readonly observe: (request: Request, answer: () => Promise<Response>) => Promise<Response>
}

const WELL_FORMED = /^[\w.:-]{1,100}$/

const requestId = ({ headers }: Request): string => {
  const given = headers.get('x-request-id')
  return given !== null && WELL_FORMED.test(given) ? given : newId()
}

const pathOf = (url: string): string => {
  const { pathname, search } = new URL(url)
  return `${pathname}${search}`
}

/** Counts the answers, and tells of each where somebody wants to know. */
export const observed = (onAnswer: ((answer: Answered) => void) | undefined): Observed => {
  const meter = new Meter()
  const observe: Observed['observe'] = async (request, answer) => {
    const began = performance.now()
    let status = 500
    meter.begin()
    try {
      const response = await answer()
      status = response.status
      if (onAnswer === undefined) return response
      const id = requestId(request)
      response.headers.set('x-request-id', id)
      const milliseconds = performance.now() - began
      onAnswer({ id, method: request.method, path: pathOf(request.url), status, milliseconds })
      return response
    } finally {
      meter.end(request.method, status, (performance.now() - began) / 1000)
    }
  }
  return { meter, observe }
}
