import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type PointCall, pointCalls } from './load.ts'
import { elapsed } from './measure.ts'
import { type Peer, peer } from './peers.ts'
import type { SqliteLoad } from './sqlite-events.ts'

interface Connection {
  command(sql: string): Promise<unknown>
  close(): void
}

interface EmmettEvent {
  readonly type: string
  readonly data: object
}

interface EmmettStore {
  readonly schema: { migrate(): Promise<void> }
  appendToStream(stream: string, events: readonly EmmettEvent[]): Promise<unknown>
}

/** What the bench needs of the package. */
export interface Emmett {
  sqliteConnection(options: { readonly fileName: string }): Connection
  getSQLiteEventStore(options: object): EmmettStore
}

const main = '@event-driven-io/emmett-sqlite'

const packages: Peer = {
  name: 'emmett',
  packages: [
    `${main}@0.42.4`,
    '@event-driven-io/emmett@0.42.0',
    'sqlite3@5.1.7',
    'async-retry@1.3.3',
    'uuid@10.0.0',
  ],
}

/** Emmett's event store on SQLite, where it installs. */
export const emmettSqlite = async (say: (text: string) => void): Promise<Emmett | undefined> => {
  const require = await peer(packages, say)
  if (require === undefined) return undefined
  const file = require.resolve(main)
  // `as`: what its documentation says, of which only this is used.
  return (await import(pathToFileURL(file).href)) as Emmett
}

/**
 * Milliseconds for the same calls, an append each, into a new database. Its connection holds one transaction
 * at a time, and refuses those that overlap: callers stand in line.
 */
export const emmettAppends = async (
  emmett: Emmett,
  folder: string,
  load: SqliteLoad,
): Promise<number> => {
  const fileName = join(folder, 'events.db')
  const connection = emmett.sqliteConnection({ fileName })
  const store = emmett.getSQLiteEventStore({
    fileName,
    schema: { autoMigration: 'None' },
    connectionOptions: { singleton: true, connection },
  })
  await store.schema.migrate()
  await connection.command(`PRAGMA synchronous = ${load.synchronous}`)
  let last: Promise<unknown> = Promise.resolve()
  const log = ({ stream, data }: PointCall): Promise<unknown> => {
    const event = { type: 'metrics-logged', data }
    last = last.then(() => store.appendToStream(stream, [event]))
    return last
  }
  const ms = await elapsed(() => pointCalls(load, log))
  connection.close()
  return ms
}
