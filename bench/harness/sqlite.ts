import { type Peer, peer } from './peers.ts'

type Value = string | number | null

interface Statement {
  run(...values: readonly Value[]): unknown
  all(...values: readonly Value[]): readonly Readonly<Record<string, unknown>>[]
}

/** What the bench needs of better-sqlite3. */
export interface Sqlite {
  prepare(sql: string): Statement
  exec(sql: string): unknown
  pragma(text: string): unknown
  close(): unknown
}

/** The last line of versions that runs on Node 20. */
const betterSqlite: Peer = { name: 'better-sqlite3', packages: ['better-sqlite3@12.11.1'] }

export type OpenSqlite = (file: string) => Sqlite

/** The fastest SQLite binding of Node, where it installs. */
export const sqliteBinding = async (
  say: (text: string) => void,
): Promise<OpenSqlite | undefined> => {
  const require = await peer(betterSqlite, say)
  if (require === undefined) return undefined
  // `as`: what its documentation says, of which only this is used.
  const Database = require(betterSqlite.name) as new (file: string) => Sqlite
  return (file) => new Database(file)
}
