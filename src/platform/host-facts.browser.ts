import type { HostFacts } from './platform.ts'

let known: HostFacts | undefined

/**
 * Tells what runs, as far as a browser says it. It knows no user, no machine and no process: the host is that of
 * the page's address, and the process has the number 0.
 */
export const hostFacts = (): HostFacts => {
  known ??= Object.freeze({
    user: 'unknown',
    host: location.host,
    platform: platformName(),
    runtime: navigator.userAgent,
    entryPoint: location.pathname,
    pid: 0,
  })
  return known
}

/** Only some browsers have the newer of the two ways to ask. */
const platformName = (): string => {
  const data: unknown = Reflect.get(navigator, 'userAgentData')
  const named =
    typeof data === 'object' && data !== null && 'platform' in data ? data.platform : undefined
  return typeof named === 'string' && named !== '' ? named : navigator.platform
}
