import type { Scope } from './needs.ts'

/** Who sent a request, and what they may do. */
export interface Authenticated {
  /** The actor of what the request writes. */
  readonly actor: string
  readonly scopes: readonly Scope[]
}

/** Tells who a token speaks for; `undefined` for one that is not known. */
export type Authenticate = (token: string) => Promise<Authenticated | undefined>

interface Credentials {
  readonly token: string
  /** Whom Basic authentication names. */
  readonly user?: string
}

const fromBase64 = (text: string): string => {
  try {
    const bytes = Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0))
    return new TextDecoder().decode(bytes)
  } catch {
    return ''
  }
}

/** What an Authorization header holds: a bearer token, or a user with a token for its password. */
const credentialsOf = (header: string): Credentials | undefined => {
  const [, scheme = '', value = ''] = /^(\w+) +(\S+)$/.exec(header.trim()) ?? []
  if (scheme.toLowerCase() === 'bearer') return { token: value }
  if (scheme.toLowerCase() !== 'basic') return undefined
  const text = fromBase64(value)
  const colon = text.indexOf(':')
  return colon === -1 ? undefined : { user: text.slice(0, colon), token: text.slice(colon + 1) }
}

/** Who sent a request; `undefined` where its credentials are missing, wrong, or of somebody else. */
export const authenticated = async (
  header: string | null,
  authenticate: Authenticate,
): Promise<Authenticated | undefined> => {
  const credentials = header === null ? undefined : credentialsOf(header)
  if (credentials === undefined) return undefined
  const known = await authenticate(credentials.token)
  if (credentials.user !== undefined && credentials.user !== known?.actor) return undefined
  return known
}
