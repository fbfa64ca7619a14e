import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { Database, Statement } from 'node-sqlite3-wasm'
import { interopError } from '../errors.ts'
import { decode } from './files.node.ts'
import { messageOf, type Problems } from './problems.ts'
import { copyInto, provide } from './sqlite-workplace.node.ts'

/** How a column is read: `text` exactly, as UTF-8; `value` as SQLite stores it. */
export type ColumnKind = 'text' | 'value'

export interface TableQuery {
  readonly table: string
  /** The fields of a record; a column that this version of the schema lacks is null. */
  readonly columns: Readonly<Record<string, ColumnKind>>
  /** Column of a field whose column has another name. */
  readonly from?: Readonly<Record<string, string>>
  /** Column → value; a column that the table lacks is not asked for. */
  readonly where?: Readonly<Record<string, string | number>>
  /** What is lost when the table cannot be read: the end of a sentence. */
  readonly loss: string
}

export type Row = Record<string, string | number | bigint | Uint8Array | null>

interface Step {
  readonly sql: string
  readonly values?: (string | number)[]
  readonly report: (error: unknown) => void
}

/** Tables that are asked once a run, by `run_uuid`. */
const askedByRun = ['params', 'metrics', 'tags']

/** Below this, asking each run's rows of a table without an index costs less than copying the file. */
const manyRuns = 500

/**
 * An SQLite database, read only. It is opened in a temporary folder, through a link: the library locks by
 * making a folder beside the file, and the source may lie where nobody may write.
 */
export class SqliteFile implements AsyncDisposable {
  readonly name: string
  readonly #workplace: string
  readonly #problems: Problems
  readonly #database: Database
  readonly #tables = new Map<string, ReadonlySet<string>>()

  private constructor(path: string, workplace: Workplace, problems: Problems) {
    this.name = basename(path)
    this.#workplace = workplace.folder
    this.#problems = problems
    this.#database = workplace.database
  }

  /** @throws `SOURCE_UNREADABLE` when SQLite can read nothing of the file. */
  static async open(path: string, problems: Problems): Promise<SqliteFile> {
    const folder = await mkdtemp(join(tmpdir(), 'varve-mlflow-'))
    try {
      const isCopy = await provide(path, folder)
      const file = new SqliteFile(path, await openIn(folder, isCopy), problems)
      file.#readSchema()
      if (!file.#lacksIndexes()) return file
      file.#database.close()
      if (!isCopy) {
        await rm(join(folder, 'source.db'))
        await copyInto(path, folder)
      }
      return await SqliteFile.#openIndexed(path, folder, problems)
    } catch (cause) {
      await rm(folder, { recursive: true, force: true })
      const message = `SQLite cannot read ${path}: ${messageOf(cause)}. If another program is writing it, copy the file with SQLite's .backup first.`
      throw interopError('SOURCE_UNREADABLE', message, { cause, data: { path } })
    }
  }

  /** Old versions of MLflow had no index by run: without one, each run costs a look at every row. */
  static async #openIndexed(path: string, folder: string, problems: Problems): Promise<SqliteFile> {
    const file = new SqliteFile(path, await openIn(folder, true), problems)
    file.#readSchema()
    for (const table of askedByRun.filter((name) => file.#tables.has(name))) {
      const sql = `CREATE INDEX IF NOT EXISTS ${quoted(`varve_${table}`)} ON ${quoted(table)} (run_uuid)`
      file.#database.exec(sql)
    }
    return file
  }

  get tables(): readonly string[] {
    return [...this.#tables.keys()]
  }

  /** Whether a table has a column. */
  has(table: string, column: string): boolean {
    return this.#tables.get(table)?.has(column) === true
  }

  /** Rows as the file gives them, one at a time. Ends early, with a problem, where the file is damaged. */
  *rows(query: TableQuery): Generator<Row, void> {
    const existing = this.#tables.get(query.table)
    if (existing === undefined) return
    const texts = Object.keys(query.columns).filter((name) => query.columns[name] === 'text')
    const report = (error: unknown): void =>
      this.#report(
        `The table ${query.table} cannot be read to its end (${messageOf(error)}); ${query.loss}.`,
      )
    for (const row of this.#step({ ...selectOf(query, existing), report })) {
      for (const name of texts) row[name] = this.#text(row[name] ?? null, query.table, name)
      yield row
    }
  }

  /** How many rows a table has; 0 when it cannot be counted, which is a problem. */
  count(table: string): number {
    const report = (error: unknown): void =>
      this.#report(`The rows of the table ${table} cannot be counted (${messageOf(error)}).`)
    const sql = `SELECT count(*) AS n FROM ${quoted(table)}`
    for (const { n } of this.#step({ sql, report })) return Number(n)
    return 0
  }

  async close(): Promise<void> {
    if (this.#database.isOpen) this.#database.close()
    await rm(this.#workplace, { recursive: true, force: true })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** Reads which tables and columns there are. Views are none of MLflow's, and one could run for ever. */
  #readSchema(): void {
    const report = (error: unknown): void =>
      this.#report(
        `The list of tables is damaged (${messageOf(error)}); tables that it no longer names are left out.`,
      )
    const sql = "SELECT name FROM sqlite_master WHERE type = 'table'"
    const names = [...this.#step({ sql, report })].map((row) => String(row['name']))
    // Asked again for its error, when nothing at all can be read.
    if (names.length === 0) this.#database.all(sql)
    for (const name of names) {
      const columns = [...this.#step({ sql: `PRAGMA table_info(${quoted(name)})`, report })]
      this.#tables.set(name, new Set(columns.map((row) => String(row['name']))))
    }
  }

  #lacksIndexes(): boolean {
    if (!this.#tables.has('runs') || this.count('runs') < manyRuns) return false
    return askedByRun.some((table) => this.#tables.has(table) && !this.#isIndexed(table))
  }

  #isIndexed(table: string): boolean {
    const report = (): void => undefined
    const sql = `SELECT i.name FROM pragma_index_list(?) AS l, pragma_index_info(l.name) AS i WHERE i.seqno = 0`
    const first = [...this.#step({ sql, values: [table], report })].map((row) => row['name'])
    return first.includes('run_uuid')
  }

  *#step({ report, sql, values = [] }: Step): Generator<Row, void> {
    if (!this.#database.isOpen) {
      const message = `The source ${this.name} was closed. Open it again with openMlflowSource().`
      throw interopError('SOURCE_CLOSED', message, { data: { file: this.name } })
    }
    let statement: Statement | undefined
    try {
      statement = this.#database.prepare(sql)
      // `as` because the library's type also covers rows grouped by table, which nobody asks for.
      for (const row of statement.iterate(values)) yield row as Row
    } catch (error) {
      report(error)
    } finally {
      finalize(statement)
    }
  }

  /** Text comes as bytes: the library would cut it at a NUL, and hide what is no UTF-8. */
  #text(value: Row[string], table: string, column: string): Row[string] {
    if (!(value instanceof Uint8Array)) return value
    const text = decode(value)
    if (text !== undefined) return text
    this.#report(
      `The table ${table} holds a ${column} that is no valid UTF-8; U+FFFD stands for its bad bytes.`,
    )
    return new TextDecoder().decode(value)
  }

  #report(message: string): void {
    this.#problems.add({ file: this.name, message })
  }
}

const cacheKib = 32 * 1024

interface Workplace {
  readonly folder: string
  readonly database: Database
}

const openIn = async (folder: string, isCopy: boolean): Promise<Workplace> => {
  const { default: sqlite } = await import('node-sqlite3-wasm')
  const options = { fileMustExist: true, readOnly: !isCopy }
  const database = new sqlite.Database(join(folder, 'source.db'), options)
  // Without shared memory a write-ahead log is read only by the one who holds the file alone.
  if (isCopy) database.exec('PRAGMA locking_mode = exclusive')
  database.exec('PRAGMA trusted_schema = off')
  // Else SQLite refuses a file that was cut short altogether, with the tables that are whole.
  database.exec('PRAGMA writable_schema = on')
  // One transaction from here on: without it, each query locks anew, reads its pages anew, and may see what
  // another process wrote meanwhile.
  database.exec(`PRAGMA cache_size = -${cacheKib}; BEGIN`)
  return { folder, database }
}

const finalize = (statement: Statement | undefined): void => {
  try {
    statement?.finalize()
  } catch {
    // SQLite tells the error of the last step once more.
  }
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

const selectOf = (
  query: TableQuery,
  existing: ReadonlySet<string>,
): { readonly sql: string; readonly values: (string | number)[] } => {
  const columns = Object.entries(query.columns).map(([name, kind]) => {
    const column = query.from?.[name] ?? name
    if (!existing.has(column)) return `NULL AS ${quoted(name)}`
    const value = kind === 'text' ? `CAST(${quoted(column)} AS BLOB)` : quoted(column)
    return `${value} AS ${quoted(name)}`
  })
  const conditions = Object.entries(query.where ?? {}).filter(([column]) => existing.has(column))
  const where = conditions.map(([column]) => `${quoted(column)} = ?`).join(' AND ')
  const sql = `SELECT ${columns.join(', ')} FROM ${quoted(query.table)}${where === '' ? '' : ` WHERE ${where}`}`
  return { sql, values: conditions.map(([, value]) => value) }
}
