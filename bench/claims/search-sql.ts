import { join } from 'node:path'
import { open, type Varve } from 'varve'
import { type Claim, group, type Setting } from '../harness/claim.ts'
import { elapsed } from '../harness/measure.ts'
import { fillMlflow, searchMlflow } from '../harness/mlflow-sql.ts'
import { type OpenSqlite, type Sqlite, sqliteBinding } from '../harness/sqlite.ts'
import { logRuns, syntheticRun } from '../harness/synthetic.ts'

interface Both {
  readonly varve: Varve
  readonly database: Sqlite
  readonly end: () => Promise<void>
}

interface Arena {
  readonly quick: boolean
  /** Both stores with the same runs; what was filled before is emptied. */
  readonly filled: (runs: number) => Promise<Both>
}

const fill = async (setting: Setting, openSqlite: OpenSqlite, runs: number): Promise<Both> => {
  const { scratch, say } = setting
  say(`fills a store and MLflow's tables with ${runs} runs`)
  const folder = scratch.folder('search-sql')
  const varve = await open(join(folder, 'store'), { durability: 'os', facts: false })
  await logRuns(varve, { from: 0, to: runs, make: syntheticRun })
  const database = openSqlite(join(folder, 'mlflow.db'))
  fillMlflow(database, runs)
  const end = async (): Promise<void> => {
    await varve.close()
    database.close()
    await scratch.remove(folder)
  }
  return { varve, database, end }
}

const ask = async (varve: Varve): Promise<number> => {
  const { rows } = await varve.runs.search({
    filter: "metrics.auc > 0.9 and params.model = 'x'",
    orderBy: ['metrics.auc desc'],
    limit: 100,
  })
  return rows.length
}

const repeats = 5

/** Milliseconds a question. */
const perQuestion = async (question: () => Promise<number> | number): Promise<number> => {
  const ms = await elapsed(async () => {
    for (let at = 0; at < repeats; at++) {
      if ((await question()) !== 100) throw new Error('The question has another answer.')
    }
  })
  return ms / repeats
}

const claims = ([100_000, 1_000_000] as const).map((runs): Claim<Arena> => {
  const size = `10^${Math.log10(runs)}`
  return {
    name: `search.sql.${size}`,
    about: `Two conditions, ordered by a metric, the best 100 of ${size} runs with what they logged.`,
    unit: 'ms',
    better: 'lower',
    against: "MLflow's tables in SQLite",
    budget: { of: 'ratio', limit: 0.02 },
    ...(runs > 100_000 ? { large: true, atMost: 5 } : {}),
    compare: ({ filled, quick }) => {
      const count = quick ? runs / 10 : runs
      return {
        ours: async () => {
          const { varve } = await filled(count)
          return perQuestion(() => ask(varve))
        },
        theirs: async () => {
          const { database } = await filled(count)
          return perQuestion(searchMlflow(database))
        },
      }
    },
  }
})

export const searchSql = group(claims, async (setting) => {
  const openSqlite = await sqliteBinding(setting.say)
  if (openSqlite === undefined) return undefined
  let current: { readonly runs: number; readonly both: Promise<Both> } | undefined
  const end = async (): Promise<void> => {
    const before = await current?.both
    await before?.end()
  }
  const filled = async (runs: number): Promise<Both> => {
    if (current?.runs !== runs) {
      await end()
      current = { runs, both: fill(setting, openSqlite, runs) }
    }
    return await current.both
  }
  return { arena: { quick: setting.quick, filled }, end }
})
