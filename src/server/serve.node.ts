import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { hostname } from 'node:os'
import { getRequestListener } from '@hono/node-server'
import type { Varve, VarveEventData } from '../varve.ts'
import { createHandler, type HandlerOptions } from './create-handler.ts'

export interface ServeOptions extends HandlerOptions {
  /** Default 5000; 0 takes a free one. */
  readonly port?: number
  /** The address to listen at; default `127.0.0.1`, which other machines do not reach. */
  readonly host?: string
  /**
   * Replaces `Request` and `Response` of this process by lighter ones, which spares a quarter of the work of a
   * small request. For a process that only serves; default false.
   */
  readonly lightGlobals?: boolean
}

/** A server that listens. */
export interface VarveServer extends AsyncDisposable {
  /** Where it is reached, with the base path: `http://127.0.0.1:5000`. */
  readonly url: string
  /** Takes no more requests, and resolves when those under way are answered. The store stays open. */
  close(): Promise<void>
}

const listening = (server: Server, port: number, host: string): Promise<AddressInfo> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      // `as`: a server that listens at a port has an address.
      resolve(server.address() as AddressInfo)
    })
  })

const urlOf = ({ address, family, port }: AddressInfo, basePath: string): string =>
  `http://${family === 'IPv6' ? `[${address}]` : address}:${port}${basePath.replace(/\/$/, '')}`

const closed = (server: Server): Promise<void> =>
  new Promise((resolve, reject) => {
    server.close((error) => (error === undefined ? resolve() : reject(error)))
    // What waits for a next request on a kept connection waits for nothing.
    server.closeIdleConnections()
  })

/**
 * Serves a store over HTTP until it is closed. It answers to its `host`, to the name of the machine, to addresses and
 * to `localhost` unless `allowedHosts` names others.
 *
 * @throws `EADDRINUSE`, `EACCES` and what else the system says of the port; `INVALID_VALUE`.
 */
export const serve = async <Data extends VarveEventData>(
  varve: Varve<Data>,
  { port = 5000, host = '127.0.0.1', lightGlobals = false, ...options }: ServeOptions = {},
): Promise<VarveServer> => {
  const allowedHosts = options.allowedHosts ?? [host, hostname()]
  const handler = createHandler(varve, { ...options, allowedHosts })
  const server = createServer(getRequestListener(handler, { overrideGlobalObjects: lightGlobals }))
  const address = await listening(server, port, host)
  let closing: Promise<void> | undefined
  const close = (): Promise<void> => {
    closing ??= closed(server)
    return closing
  }
  return { url: urlOf(address, options.basePath ?? ''), close, [Symbol.asyncDispose]: close }
}
