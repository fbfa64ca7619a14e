import { refusal } from '../mlflow/error-answer.ts'
import { mlflowError } from '../mlflow/errors.ts'
import { type Authenticate, type Authenticated, authenticated } from './authenticate.ts'
import { type Asked, askedBy, covers } from './needs.ts'
import { corsHeaders, type From, isKnownHost, originVerdict, preflight } from './origins.ts'

export interface GuardOptions {
  /** Requires a token of every request but those that ask whether the server is there. */
  readonly authenticate?: Authenticate | undefined
  /** Refuses whatever would write. */
  readonly readOnly?: boolean | undefined
  /** Names that requests may call the server by, beside addresses and `localhost`; any unless given. */
  readonly allowedHosts?: readonly string[] | undefined
  /** Origins whose pages may use the server; its own alone unless given. */
  readonly corsAllowedOrigins?: readonly string[] | undefined
}

/** What stands between the network and the handler. */
export interface Guard {
  /** Answers a request, or refuses it before anything of it is read. */
  readonly pass: (
    request: Request,
    next: (request: Request) => Response | Promise<Response>,
  ) => Promise<Response>
  /** Who sent a request that was let through, where they had to say so. */
  readonly sender: (request: Request) => Authenticated | undefined
}

const text = (body: string, status: number): Response =>
  new Response(body, { status, headers: { 'content-type': 'text/plain; charset=utf-8' } })

const badHost = (): Response =>
  text('Invalid Host header - possible DNS rebinding attack detected', 403)

const badOrigin = (): Response => text('Cross-origin request blocked', 403)

const denied = (message: string): Response => refusal(mlflowError('PERMISSION_DENIED', message))

const unknown = (): Response => {
  const answer = refusal(
    mlflowError(
      'UNAUTHENTICATED',
      'This server needs a token. Set MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD with the token for the password.',
    ),
  )
  answer.headers.set('www-authenticate', 'Basic realm="varve"')
  return answer
}

const isWrite = ({ need }: Asked): boolean => need === 'write' || need === 'approve'

/** Why a request that would write may not, whoever sent it. */
const notHere = (asked: Asked, readOnly: boolean): Response | undefined => {
  if (!isWrite(asked)) return undefined
  if (asked.asOf !== undefined)
    return denied(
      `The past cannot be changed: this address shows the store as of ${decodedOf(asked.asOf)}. Take /as-of/${asked.asOf} out of the tracking URI to write.`,
    )
  return readOnly ? denied('This server is read-only. Nothing was written.') : undefined
}

const decodedOf = (part: string): string => {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

/** Checks who calls the server by which name, from where, and what they may do. */
export const guardOf = (
  { authenticate, readOnly = false, allowedHosts, corsAllowedOrigins }: GuardOptions,
  basePath: string,
): Guard => {
  const senders = new WeakMap<Request, Authenticated>()
  const base = basePath.replace(/\/$/, '')

  const pathOf = ({ pathname }: URL): string =>
    base !== '' && pathname.startsWith(`${base}/`) ? pathname.slice(base.length) : pathname

  const permitted = async (request: Request, asked: Asked): Promise<Response | undefined> => {
    if (authenticate === undefined || asked.need === 'nothing') return undefined
    const sender = await authenticated(request.headers.get('authorization'), authenticate)
    if (sender === undefined) return unknown()
    senders.set(request, sender)
    if (covers(sender.scopes, asked.need)) return undefined
    return denied(
      `The token of ${sender.actor} may ${sender.scopes.join(' and ')}, not ${asked.need}. Use one with that scope.`,
    )
  }

  const hostOf = (request: Request, url: URL): string => request.headers.get('host') ?? url.host

  /** Why a request is refused that a page of somebody else's may have had sent. */
  const foreign = (asked: Asked, host: string): Response | undefined => {
    if (allowedHosts === undefined || asked.need === 'nothing') return undefined
    return isKnownHost(host, allowedHosts) ? undefined : badHost()
  }

  const pass: Guard['pass'] = async (request, next) => {
    const url = new URL(request.url)
    const host = hostOf(request, url)
    const asked = askedBy(request.method, pathOf(url))
    const refused = foreign(asked, host)
    if (refused !== undefined) return refused
    const answer = async (): Promise<Response> =>
      notHere(asked, readOnly) ?? (await permitted(request, asked)) ?? (await next(request))
    const origin = request.headers.get('origin')
    if (origin === null) return await answer()
    return await answerTo(request, { origin, host, allowed: corsAllowedOrigins ?? [] }, answer)
  }
  return { pass, sender: (request) => senders.get(request) }
}

/** Answers a page, as far as its origin may have an answer. */
const answerTo = async (
  request: Request,
  from: From,
  answer: () => Promise<Response>,
): Promise<Response> => {
  const verdict = originVerdict(request.method, from)
  if (verdict === 'refused') return badOrigin()
  if (verdict === 'same') return await answer()
  if (request.headers.has('access-control-request-method')) return preflight(request, from.origin)
  const given = await answer()
  for (const [name, value] of Object.entries(corsHeaders(from.origin)))
    given.headers.set(name, value)
  return given
}
