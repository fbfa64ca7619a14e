import { join } from 'node:path'
import { type PointCall, pointCalls } from './load.ts'
import { elapsed } from './measure.ts'
import type { OpenSqlite } from './sqlite.ts'

/** What an event store in SQL needs at least: an order, and streams whose revisions are unique. */
const schema = `CREATE TABLE events (
  position INTEGER PRIMARY KEY, stream TEXT NOT NULL, revision INTEGER NOT NULL, type TEXT NOT NULL,
  recorded_at INTEGER NOT NULL, actor TEXT NOT NULL, data TEXT NOT NULL, UNIQUE (stream, revision)
)`

const insert = `INSERT INTO events (stream, revision, type, recorded_at, actor, data)
  VALUES (?, ?, 'run.metrics-logged', ?, 'bench', ?)`

interface Waiting {
  readonly call: PointCall
  readonly done: () => void
}

export interface SqliteLoad {
  readonly callers: number
  readonly events: number
  /** `FULL` syncs each transaction, `NORMAL` only checkpoints. */
  readonly synchronous: 'FULL' | 'NORMAL'
}

/**
 * Milliseconds for the same calls, one row each, in a new SQLite database with a write-ahead log. Callers that
 * wait share a transaction; the next begins when those of the last had the chance to call again.
 */
export const sqliteAppends = async (
  openSqlite: OpenSqlite,
  folder: string,
  load: SqliteLoad,
): Promise<number> => {
  const database = openSqlite(join(folder, 'events.db'))
  database.pragma('journal_mode = WAL')
  database.pragma(`synchronous = ${load.synchronous}`)
  database.exec(schema)
  const begin = database.prepare('BEGIN')
  const commit = database.prepare('COMMIT')
  const row = database.prepare(insert)
  const revisions = new Map<string, number>()
  const write = ({ stream, data }: PointCall): void => {
    const revision = (revisions.get(stream) ?? -1) + 1
    revisions.set(stream, revision)
    row.run(stream, revision, Date.now(), JSON.stringify(data))
  }
  let queue: Waiting[] = []
  let running = false
  const drain = async (): Promise<void> => {
    running = true
    await Promise.resolve()
    while (queue.length > 0) {
      const taken = queue
      queue = []
      begin.run()
      for (const { call } of taken) write(call)
      commit.run()
      for (const { done } of taken) done()
      await Promise.resolve()
    }
    running = false
  }
  const log = (call: PointCall): Promise<void> =>
    new Promise((done, failed) => {
      queue.push({ call, done })
      if (!running) drain().catch(failed)
    })
  const ms = await elapsed(() => pointCalls(load, log))
  database.close()
  return ms
}
