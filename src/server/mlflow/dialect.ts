import { Hono } from 'hono'
import { BodyTooLarge, readBody } from '../http/body.ts'
import { statusPage } from '../http/pages.ts'
import { artifactEndpoints, rawArtifactEndpoints } from './artifacts/endpoints.ts'
import type { ArtifactParts } from './artifacts/parts.ts'
import type { RawEndpoint } from './artifacts/raw-endpoint.ts'
import type { Call, Endpoint, Sources, Surface } from './endpoint.ts'
import { refusal, translated } from './error-answer.ts'
import { invalid, mlflowError } from './errors.ts'
import { groups } from './groups.ts'
import type { Source } from './wire/fields.ts'
import { isObject, type Json, type JsonObject, parseExactJson, parseJson } from './wire/json.ts'

/** What the dialect is served with. */
export interface DialectParts {
  /** The call that a request makes; who sent it is known by then. */
  readonly call: (request: Request, path: Readonly<Record<string, string>>) => Promise<Call>
  /** Most bytes of a body. */
  readonly bodyLimit: number
  /** Is told of what went wrong in the server itself. */
  readonly report: (error: unknown) => void
  readonly artifacts: ArtifactParts
}

const surfaces: readonly Surface[] = ['/api', '/ajax-api']

const JSON_TYPE = 'application/json'

/** @throws `INVALID_PARAMETER_VALUE` */
const checkContentType = ({ method, headers }: Request): void => {
  if (method !== 'POST' && method !== 'PUT') return
  const type = headers.get('content-type')
  if (type === null) throw invalid('Bad Request. Content-Type header is missing.')
  if (type.split(';', 1)[0]?.trim() !== JSON_TYPE)
    throw invalid(`Bad Request. Content-Type must be one of ['${JSON_TYPE}'].`)
}

const decoder = new TextDecoder('utf-8', { fatal: true })

/** What cannot be read is an empty request: then what is required is missing. */
const parsedBy = (bytes: Uint8Array, parse: (text: string) => Json): Json => {
  try {
    const value = parse(decoder.decode(bytes))
    return typeof value === 'string' ? parse(value) : value
  } catch {
    return null
  }
}

/** @throws `INVALID_PARAMETER_VALUE` */
const objectOf = (value: Json): JsonObject => {
  if (value === null) return {}
  if (isObject(value)) return value
  throw invalid('Bad Request. The body must be a JSON object.')
}

const body = (value: Json): Source => ({ kind: 'body', body: objectOf(value) })

const bytesOf = async (request: Request, limit: number): Promise<Uint8Array> => {
  try {
    return await readBody(request, limit)
  } catch (error) {
    if (error instanceof BodyTooLarge) throw mlflowError('REQUEST_LIMIT_EXCEEDED', error.message)
    throw error
  }
}

/** Parameters are in the query of a GET, else in the body, never in both. */
const sourcesOf = async (request: Request, limit: number): Promise<Sources> => {
  checkContentType(request)
  if (request.method === 'GET' || request.method === 'HEAD') {
    const source: Source = { kind: 'query', query: new URL(request.url).searchParams }
    return { quick: source, exact: () => source }
  }
  const bytes = await bytesOf(request, limit)
  return {
    quick: body(parsedBy(bytes, parseJson)),
    exact: () => body(parsedBy(bytes, parseExactJson)),
  }
}

/** An answer to any error, which never shows what is inside the server. */
const errorAnswer = (error: unknown, report: DialectParts['report']): Response => {
  const known = translated(error)
  if (known !== undefined) return refusal(known)
  report(error)
  return statusPage(500)
}

type AnyEndpoint = Endpoint | RawEndpoint
type Methods = ReadonlyMap<string, AnyEndpoint>

const endpoints: readonly AnyEndpoint[] = [
  ...Object.values(groups).flat(),
  ...artifactEndpoints,
  ...rawArtifactEndpoints,
]

const placesOf = (endpoint: AnyEndpoint): readonly string[] =>
  'atRoot' in endpoint
    ? // MLflow's own tests ask with two slashes.
      [endpoint.path, `/${endpoint.path}`]
    : (endpoint.surfaces ?? surfaces).map(
        (surface) => `${surface}/${endpoint.version ?? '2.0'}${endpoint.path}`,
      )

const pathsOf = (): ReadonlyMap<string, Methods> => {
  const paths = new Map<string, Map<string, AnyEndpoint>>()
  for (const endpoint of endpoints) {
    for (const path of placesOf(endpoint)) {
      const methods = paths.get(path) ?? new Map<string, AnyEndpoint>()
      methods.set(endpoint.method, endpoint)
      paths.set(path, methods)
    }
  }
  return paths
}

const allowed = (methods: Methods): string =>
  [...methods.keys(), ...(methods.has('GET') ? ['HEAD'] : []), 'OPTIONS'].sort().join(', ')

/** MLflow's REST API, to be mounted where its clients look for it. */
export const mlflowDialect = ({ call, bodyLimit, report, artifacts }: DialectParts): Hono => {
  const app = new Hono()
  const answer = async (endpoint: AnyEndpoint, request: Request, path: Call['path']) => {
    try {
      if ('handle' in endpoint) {
        return await endpoint.handle({ call: await call(request, path), request, parts: artifacts })
      }
      const sources = await sourcesOf(request, bodyLimit)
      const found = await endpoint.answer(await call(request, path), sources)
      return found instanceof Response ? found : Response.json(found)
    } catch (error) {
      return errorAnswer(error, report)
    }
  }
  for (const [path, methods] of pathsOf()) {
    app.all(path, async (context) => {
      const { method } = context.req
      const endpoint = methods.get(method === 'HEAD' ? 'GET' : method)
      if (endpoint !== undefined)
        return await answer(endpoint, context.req.raw, context.req.param())
      const allow = allowed(methods)
      if (method === 'OPTIONS') return new Response(null, { status: 204, headers: { allow } })
      return statusPage(405, { allow })
    })
  }
  return app
}
