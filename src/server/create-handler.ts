import { Hono } from 'hono'
import * as v from 'valibot'
import { internalsOf } from '../create-varve.ts'
import { checked } from '../kernel/check.ts'
import { newId } from '../kernel/ids.ts'
import type { Varve, VarveEventData } from '../varve.ts'
import { pastCalls } from './as-of/past-calls.ts'
import { liveCalls } from './calls.ts'
import { statusPage } from './http/pages.ts'
import { artifactParts } from './mlflow/artifacts/artifact-parts.ts'
import { type DialectParts, mlflowDialect } from './mlflow/dialect.ts'
import { type Answered, observed } from './operations/observed.ts'
import { operationPages } from './operations/pages.ts'
import type { Authenticate } from './safety/authenticate.ts'
import { guardOf } from './safety/guard.ts'

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
  /** Most bytes of one artifact; default as many as the disk takes. */
  readonly artifactLimit?: number
  /** A folder of this machine that is given plain files of what is uploaded, at the paths of their URLs. */
  readonly artifactsDestination?: string
  /** Makes the ids of runs; default random ones. For tests. */
  readonly newId?: () => string
  /** Tells who sent a request; what it throws with one of MLflow's codes is answered. */
  readonly identify?: (request: Request) => Identity | Promise<Identity>
  /** Requires a token of whoever sends a request, and tells whose it is; `identify` is not asked then. */
  readonly authenticate?: Authenticate
  /** Refuses whatever would write. */
  readonly readOnly?: boolean
  /** Names that the server may be called by beside addresses and `localhost`, `*` for any part; any unless given. */
  readonly allowedHosts?: readonly string[]
  /** Origins whose pages may use the server, `*` for any part; its own alone unless given. */
  readonly corsAllowedOrigins?: readonly string[]
  /** Is told of each answer, when its head is ready. */
  readonly onAnswer?: (answer: Answered) => void
}

/** A web-standard handler of requests, for any framework. */
export type Handler = (request: Request) => Promise<Response>

const fn = <F>(message: string) => v.custom<F>((value) => typeof value === 'function', message)

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
    artifactLimit: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(1))),
    artifactsDestination: v.optional(v.pipe(v.string(), v.minLength(1))),
    newId: v.optional(fn<() => string>('Expected a function that gives ids')),
    identify: v.optional(
      fn<(request: Request) => Identity | Promise<Identity>>(
        'Expected a function that is given the request',
      ),
      () => async () => ({}),
    ),
    authenticate: v.optional(fn<Authenticate>('Expected a function that is given a token')),
    readOnly: v.optional(v.boolean()),
    allowedHosts: v.optional(v.array(v.string())),
    corsAllowedOrigins: v.optional(v.array(v.string())),
    onAnswer: v.optional(fn<(answer: Answered) => void>('Expected a function')),
  }),
  {},
)

/** The folder of this process, where there is one. */
const ownFolder = (): string =>
  'process' in globalThis && typeof process.cwd === 'function' ? process.cwd() : '/'

const text = (body: string, type: string): Response =>
  new Response(body, { headers: { 'content-type': `${type}; charset=utf-8` } })

/** What MLflow's clients find below an address: that of the server, or that of a moment in the past. */
const faceOf = (mlflowVersion: string, dialect: DialectParts): Hono => {
  const face = new Hono()
  face.get('/health', () => text('OK', 'text/plain'))
  face.get('/version', () => text(mlflowVersion, 'text/html'))
  return face.route('/', mlflowDialect(dialect))
}

/**
 * A handler that serves a store to MLflow's clients, at present and, below `/as-of/<moment>`, as of any moment.
 *
 * Whoever is given it may read and write all of the store, unless `authenticate` or `readOnly` says otherwise. The
 * store stays open when the handler is no longer used; who opened it closes it.
 *
 * @throws `INVALID_VALUE` for options that cannot be meant.
 */
export const createHandler = <Data extends VarveEventData>(
  varve: Varve<Data>,
  options?: HandlerOptions,
): Handler => {
  const { basePath, artifactRoot, mlflowVersion, bodyLimit, identify, onAnswer, ...rest } = checked(
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
  const guard = guardOf(rest, basePath)
  const live = liveCalls({
    varve: store,
    settings,
    identify: (request) => guard.sender(request) ?? identify(request),
    readOnly: rest.readOnly ?? false,
  })
  const parts = { bodyLimit, report, artifacts: artifactParts(store, rest) }
  const { meter, observe } = observed(onAnswer)
  const app = new Hono()
    .route('/', faceOf(mlflowVersion, { ...parts, call: live }))
    .route('/as-of/:moment', faceOf(mlflowVersion, { ...parts, call: pastCalls(store, settings) }))
    .route('/', operationPages({ varve: store, engine, meter }))
  const root = new Hono().route(basePath === '' ? '/' : basePath, app)
  root.notFound(() => statusPage(404))
  root.onError((error) => {
    report(error)
    return statusPage(500)
  })
  return async (request) =>
    await observe(request, async () => {
      return await guard.pass(request, (passed) => root.fetch(passed))
    })
}
