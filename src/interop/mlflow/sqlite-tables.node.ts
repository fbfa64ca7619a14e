import type { GenericSchema } from 'valibot'
import type { Problems } from './problems.ts'
import { sortedPairs } from './records.ts'
import { checkRecord } from './schemas.ts'
import type { Pairs } from './source.ts'
import type { SqliteFile, TableQuery } from './sqlite.node.ts'

/** An open database, with where its problems go. */
export interface Tables {
  readonly file: SqliteFile
  readonly problems: Problems
}

/** The rows of a table that fit the schema; each of the others is a problem. */
export function* recordsOf<Output>(
  { file, problems }: Tables,
  query: TableQuery,
  schema: GenericSchema<unknown, Output>,
): Generator<Output, void> {
  for (const row of file.rows(query)) {
    const result = checkRecord(schema, row)
    if ('value' in result) yield result.value
    else {
      const [identity] = Object.values(row)
      const message = `A row of the table ${query.table} (${String(identity)}) is left out: ${result.problem.message}.`
      problems.add({ file: file.name, message })
    }
  }
}

interface PairsQuery {
  readonly table: string
  readonly where: Readonly<Record<string, string | number>>
  /** Columns of key and value, where they have other names. */
  readonly from?: { readonly key: string; readonly value: string }
}

/** Reads tags or params of one thing, by key. */
export const pairsIn = ({ file, problems }: Tables, query: PairsQuery): Pairs => {
  const pairs: [string, string][] = []
  const { from = { key: 'key', value: 'value' }, table, where } = query
  const columns = { key: 'text', value: 'text' } as const
  const loss = 'keys beyond that place are left out'
  for (const { key, value } of file.rows({ table, columns, from, where, loss })) {
    if (typeof key === 'string' && key !== '') pairs.push([key, String(value ?? '')])
    else
      problems.add({
        file: file.name,
        message: `A row of the table ${table} has no key; it is left out.`,
      })
  }
  return sortedPairs(pairs)
}

/** MLflow's default workspace, the only one there is in older stores. */
const defaultWorkspace = 'default'

/** A name that is unique in the store: things of another workspace than the default carry its name. */
export const qualified = (name: string, workspace: string | null): string =>
  workspace === null || workspace === defaultWorkspace ? name : `${workspace}/${name}`
