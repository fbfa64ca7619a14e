import { hostname } from 'node:os'
import { codeOf } from '../../kernel/errors.ts'
import { open } from '../../open.ts'
import { type ServeOptions, serve, tokensOf, type VarveServer } from '../../server/index.ts'
import type { Varve } from '../../varve.ts'
import type { CommandRun } from '../command.ts'
import { cliError } from '../errors.ts'
import { aborted, interruption, printLine, shownText, tell } from '../io.ts'
import { printJson } from '../output/print.ts'
import { foreignFlags } from '../serve-flags.ts'
import { type LogLine, serverLog } from '../server-log.ts'
import type { Values } from '../values.ts'
import { existingStore, storeFolder } from '../with-store.ts'

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host)

/**
 * Whether a token is required: always where others reach the server, unless that is waved away.
 *
 * @throws `ADDRESS_UNSAFE` where nobody could have one.
 */
const needsToken = async (values: Values, folder: string): Promise<boolean> => {
  const host = values.text('host') ?? '127.0.0.1'
  const wanted = values.flag('auth')
  if (!wanted && (isLoopback(host) || values.flag('insecure'))) return false
  const tokens = await tokensOf(folder).list()
  if (tokens.length > 0) return true
  if (wanted) {
    tell('Nobody has a token yet, and nobody gets in without: varve tokens create')
    return true
  }
  throw cliError(
    'ADDRESS_UNSAFE',
    `Others can reach ${host}, and nobody has a token to say who they are. Make one, or say --insecure to let everybody read and write.`,
    { data: { host } },
  )
}

const optionsOf = async (values: Values, folder: string): Promise<ServeOptions> => {
  const authenticate = (await needsToken(values, folder))
    ? tokensOf(folder).authenticate
    : undefined
  const host = values.text('host')
  const artifactRoot = values.text('default-artifact-root')
  const artifactsDestination = values.text('artifacts-destination')
  const allowedHosts = values.list('allowed-hosts')
  const port = values.whole('port')
  return {
    lightGlobals: true,
    readOnly: values.flag('read-only'),
    basePath: values.text('static-prefix') ?? '',
    corsAllowedOrigins: values.list('cors-allowed-origins'),
    ...(port === undefined ? {} : { port }),
    ...(host === undefined ? {} : { host }),
    ...(authenticate === undefined ? {} : { authenticate }),
    ...(artifactRoot === undefined ? {} : { artifactRoot }),
    ...(artifactsDestination === undefined ? {} : { artifactsDestination }),
    ...(allowedHosts.length === 0 ? {} : { allowedHosts: [...allowedHosts, hostname()] }),
  }
}

/** What the system says of a port, in words. */
const portError = (error: unknown, { port = 5000, host = '127.0.0.1' }: ServeOptions): unknown => {
  const data = { port, host }
  switch (codeOf(error)) {
    case 'EADDRINUSE':
      return cliError(
        'PORT_IN_USE',
        `Another process listens at port ${port} of ${host}. Stop it, or take another port; 0 takes a free one.`,
        { data, cause: error },
      )
    case 'EACCES':
      return cliError(
        'PORT_REFUSED',
        `The system does not let this user listen at port ${port}. Take one above 1023.`,
        { data, cause: error },
      )
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'ERR_SOCKET_BAD_PORT':
      return cliError(
        'USAGE',
        `Nobody can listen at port ${port} of ${host}: this machine has no such address or port.`,
        { data, cause: error },
      )
    default:
      return error
  }
}

const started = async (varve: Varve, options: ServeOptions): Promise<VarveServer> => {
  try {
    return await serve(varve, options)
  } catch (error) {
    throw portError(error, options)
  }
}

/** Serves until it is told to stop; requests under way are answered first. */
const serveStore = async (varve: Varve, values: Values, options: ServeOptions): Promise<void> => {
  const log: LogLine = serverLog({
    json: values.flag('json') || process.stderr.isTTY !== true,
    quiet: values.flag('quiet'),
  })
  const stop = interruption()
  const problems = varve.problems.subscribe(({ error, where }) => log.problem(error, where))
  const server = await started(varve, { ...options, onAnswer: log.answer })
  try {
    const { folder } = await varve.log.info()
    log.say(`serves ${shownText(folder ?? 'memory')} at ${server.url}`)
    if (values.flag('json')) await printJson({ url: server.url, folder, pid: process.pid })
    else await printLine(server.url)
    await aborted(stop)
    log.say('stops: requests under way are answered')
  } finally {
    await server.close()
    problems.unsubscribe()
  }
  log.say('stopped')
}

export const run: CommandRun = async ({ values }) => {
  foreignFlags(values)
  const readOnly = values.flag('read-only')
  const folder = readOnly ? await existingStore(values) : storeFolder(values)
  const options = await optionsOf(values, folder)
  const varve = await open(folder, { facts: false })
  try {
    await serveStore(varve, values, options)
  } finally {
    await varve.close()
  }
  return undefined
}
