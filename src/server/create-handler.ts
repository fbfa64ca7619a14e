import { Hono } from 'hono'
import * as v from 'valibot'
import { internalsOf } from '../create-varve.ts'
import { checked } from '../kernel/check.ts'
import { newId } from '../kernel/ids.ts'
import type { Varve, VarveEventData } from '../varve.ts'
import { liveCalls } from './calls.ts'
import { statusPage } from './http/pages.ts'
import { mlflowDialect } from './mlflow/dialect.ts'

/** Who sent a request, as far as is known. */
export interface Identity {
  /** The actor of what the request writes; default the store's. */
  readonly actor?: string
}

export interface HandlerOptions {
  /** Where the handler is mounted, if not at the root: `/ml`. */
  readonly basePath?: string
  /** Where artifacts go, as clients are told; default `mlflow-artifacts:/`, which is this server. */
  readonly artifactRoot?: string
  /** Version of MLflow that clients are told. */
  readonly mlflowVersion?: string
  /** Folder that relative artifact locations are below; default the process's own. */
  readonly folder?: string
  /** Most bytes of a request's body; default 64 MiB. */
  readonly bodyLimit?: number
  /** Makes the ids of runs; default random ones. For tests. */
  readonly newId?: () => string
  /** Tells who sent a request; what it throws with one of MLflow's codes is answered. */
  readonly identify?: (request: Request) => Identity | Promise<Identity>
}

/** A web-standard handler of requests, for any framework. */
export type Handler = (request: Request) => Promise<Response>

const handlerOptions = v.optional(
  v.strictObject({
    basePath: v.optional(
      v.pipe(v.string(), v.regex(/^(?:\/[^/?#]+)*\/?$/, 'Expected a path such as /ml')),
      '',
    ),
    artifactRoot: v.optional(v.pipe(v.string(), v.minLength(1)), 'mlflow-artifacts:/'),
    mlflowVersion: v.optional(v.pipe(v.string(), v.minLength(1)), '3.17.2'),
    folder: v.optional(v.string()),
    bodyLimit: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(1)), 64 * 1024 * 1024),
    newId: v.optional(v.custom<() => string>((value) => typeof value === 'function')),
    identify: v.optional(
      v.custom<(request: Request) => Identity | Promise<Identity>>(
        (value) => typeof value === 'function',
        'Expected a function that is given the request',
      ),
      () => async () => ({}),
    ),
  }),
  {},
)

/** The folder of this process, where there is one. */
const ownFolder = (): string =>
  'process' in globalThis && typeof process.cwd === 'function' ? process.cwd() : '/'

const text = (body: string, type: string): Response =>
  new Response(body, { headers: { 'content-type': `${type}; charset=utf-8` } })

/**
 * A handler that serves a store to MLflow's clients.
 *
 * Whoever is given it may read and write all of the store: `identify` says who that is. The store stays
 * open when the handler is no longer used; who opened it closes it.
 *
 * @throws `INVALID_VALUE` for options that cannot be meant.
 */
export const createHandler = <Data extends VarveEventData>(
  varve: Varve<Data>,
  options?: HandlerOptions,
): Handler => {
  const { basePath, artifactRoot, mlflowVersion, bodyLimit, identify, ...rest } = checked(
    handlerOptions,
    options,
    'createHandler: options',
  )
  // `as`: what the server does is the same whatever events of one's own there are.
  const store = varve as unknown as Varve
  const { engine } = internalsOf(store)
  const report = (error: unknown): void => engine.problems.next({ error, where: 'server' })
  const settings = {
    artifactRoot,
    version: mlflowVersion,
    folder: rest.folder ?? ownFolder(),
    newId: rest.newId ?? newId,
  }
  const app = new Hono()
  app.get('/health', () => text('OK', 'text/plain'))
  app.get('/version', () => text(mlflowVersion, 'text/html'))
  app.route(
    '/',
    mlflowDialect({ call: liveCalls({ varve: store, settings, identify }), bodyLimit, report }),
  )
  const root = new Hono().route(basePath === '' ? '/' : basePath, app)
  root.notFound(() => statusPage(404))
  root.onError((error) => {
    report(error)
    return statusPage(500)
  })
  return async (request) => await root.fetch(request)
}
