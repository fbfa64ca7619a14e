import { Hono } from 'hono'
import type { EventEngine } from '../../kernel/event-engine.ts'
import type { Varve } from '../../varve.ts'
import type { Meter } from './meter.ts'

export interface OperationParts {
  readonly varve: Varve
  readonly engine: EventEngine
  readonly meter: Meter
}

/** What those ask who keep the server running. */
export const operationPages = ({ varve, engine, meter }: OperationParts): Hono => {
  const app = new Hono()
  app.get('/livez', () => Response.json({ status: 'ok' }))
  app.get('/readyz', () => {
    const ready = engine.failure === undefined
    const status = ready ? 'ok' : 'the store takes no writes until it is opened again'
    return Response.json({ status, position: engine.last }, { status: ready ? 200 : 503 })
  })
  app.get('/metrics', async () => {
    const { events, commits, bytes } = await varve.log.info()
    const writable = engine.failure === undefined
    return new Response(meter.text({ events, commits, bytes, writable }), {
      headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' },
    })
  })
  return app
}
