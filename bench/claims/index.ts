import type { Group } from '../harness/claim.ts'
import { append } from './append.ts'
import { appendEmmett, appendSqlite } from './append-sqlite.ts'
import { growth } from './growth.ts'
import { logBatch } from './log-batch.ts'
import { memory } from './memory.ts'
import { million } from './million.ts'
import { diskUse, history } from './points.ts'
import { registry } from './registry.ts'
import { replay } from './replay.ts'
import { searchSql } from './search-sql.ts'
import { subscribe } from './subscribe.ts'

/** Every claim, in the order of the table. */
export const groups: readonly Group[] = [
  append,
  appendSqlite,
  appendEmmett,
  growth,
  logBatch,
  replay,
  registry,
  million,
  searchSql,
  history,
  diskUse,
  memory,
  subscribe,
]
