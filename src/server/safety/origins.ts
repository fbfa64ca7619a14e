/** Whether a name matches one of the patterns, in which `*` stands for anything; case does not count. */
const matches = (name: string, patterns: readonly string[]): boolean =>
  patterns.some((pattern) => {
    const source = pattern
      .split('*')
      .map((part) => part.replaceAll(/[\\^$.+?()[\]{}|]/g, '\\$&'))
      .join('.*')
    return new RegExp(`^${source}$`, 'i').test(name)
  })

const ADDRESS = /^(?:\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:.]+\])$/i

const withoutPort = (host: string): string => host.replace(/:\d+$/, '')

/**
 * Whether a request may call the server by this name. A page of somebody else's can make a browser send requests
 * here under a name of its own (DNS rebinding), but never under an address, nor under `localhost`.
 *
 * @param allowed - Further names, with or without a port; `*` stands for anything.
 */
export const isKnownHost = (host: string, allowed: readonly string[]): boolean => {
  const name = withoutPort(host)
  if (ADDRESS.test(name) || /^(?:[\w-]+\.)*localhost$/i.test(name)) return true
  return matches(host, allowed) || matches(name, allowed)
}

const writing = new Set(['POST', 'PUT', 'PATCH', 'DELETE'])

/** Where a page is from that sent a request, and what it called the server. */
export interface From {
  readonly origin: string
  readonly host: string
  /** Origins whose pages may do anything; `*` stands for anything. */
  readonly allowed: readonly string[]
}

/** What a page may do here, by its origin. */
export const originVerdict = (
  method: string,
  { origin, host, allowed }: From,
): 'same' | 'allowed' | 'refused' => {
  if (matches(origin, allowed)) return 'allowed'
  if (/^https?:\/\/(.*)$/i.exec(origin)?.[1]?.toLowerCase() === host.toLowerCase()) return 'same'
  // A browser keeps what a question was answered from a page that is not allowed to see it.
  return writing.has(method) ? 'refused' : 'same'
}

/** The headers that let a page of an allowed origin read an answer. */
export const corsHeaders = (origin: string): Readonly<Record<string, string>> => ({
  'access-control-allow-origin': origin,
  'access-control-allow-credentials': 'true',
  vary: 'Origin',
})

/** What a browser asks before it sends a request of another origin. */
export const preflight = ({ headers }: Request, origin: string): Response =>
  new Response(null, {
    status: 204,
    headers: {
      ...corsHeaders(origin),
      'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS',
      'access-control-allow-headers':
        headers.get('access-control-request-headers') ?? 'authorization, content-type',
      'access-control-max-age': '600',
    },
  })
