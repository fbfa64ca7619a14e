import type { Sqlite } from './sqlite.ts'
import { syntheticRun } from './synthetic.ts'

/** The tables of MLflow's store that a search of runs asks, with their keys and indexes. */
const schema = `
CREATE TABLE experiments (
  experiment_id INTEGER NOT NULL, name VARCHAR(256) NOT NULL, lifecycle_stage VARCHAR(32),
  CONSTRAINT experiment_pk PRIMARY KEY (experiment_id), UNIQUE (name)
);
CREATE TABLE runs (
  run_uuid VARCHAR(32) NOT NULL, name VARCHAR(250), source_type VARCHAR(20), source_name VARCHAR(500),
  entry_point_name VARCHAR(50), user_id VARCHAR(256), status VARCHAR(9), start_time BIGINT, end_time BIGINT,
  source_version VARCHAR(50), lifecycle_stage VARCHAR(20), artifact_uri VARCHAR(200),
  experiment_id INTEGER, deleted_time BIGINT,
  CONSTRAINT run_pk PRIMARY KEY (run_uuid),
  FOREIGN KEY (experiment_id) REFERENCES experiments (experiment_id)
);
CREATE TABLE latest_metrics (
  "key" VARCHAR(250) NOT NULL, value FLOAT NOT NULL, timestamp BIGINT, step BIGINT NOT NULL,
  is_nan BOOLEAN NOT NULL, run_uuid VARCHAR(32) NOT NULL,
  CONSTRAINT latest_metric_pk PRIMARY KEY ("key", run_uuid),
  FOREIGN KEY (run_uuid) REFERENCES runs (run_uuid)
);
CREATE TABLE params (
  "key" VARCHAR(250) NOT NULL, value VARCHAR(8000) NOT NULL, run_uuid VARCHAR(32) NOT NULL,
  CONSTRAINT param_pk PRIMARY KEY ("key", run_uuid),
  FOREIGN KEY (run_uuid) REFERENCES runs (run_uuid)
);
CREATE TABLE tags (
  "key" VARCHAR(250) NOT NULL, value VARCHAR(8000), run_uuid VARCHAR(32) NOT NULL,
  CONSTRAINT tag_pk PRIMARY KEY ("key", run_uuid),
  FOREIGN KEY (run_uuid) REFERENCES runs (run_uuid)
);
CREATE INDEX index_latest_metrics_run_uuid ON latest_metrics (run_uuid);
CREATE INDEX index_params_run_uuid ON params (run_uuid);
CREATE INDEX index_tags_run_uuid ON tags (run_uuid);
`

/** The start of the id of every synthetic run, so that ids come in no order. */
const idOf = (run: number): string =>
  ((run * 2_654_435_761) % 2 ** 32).toString(16).padStart(8, '0').repeat(4)

const insertRuns = (database: Sqlite, count: number): void => {
  const run = database.prepare(
    `INSERT INTO runs VALUES (?, ?, 'LOCAL', '', '', 'bench', 'RUNNING', ?, NULL, '', 'active', '', ?, NULL)`,
  )
  const metric = database.prepare('INSERT INTO latest_metrics VALUES (?, ?, ?, 1, 0, ?)')
  const param = database.prepare('INSERT INTO params VALUES (?, ?, ?)')
  const tag = database.prepare('INSERT INTO tags VALUES (?, ?, ?)')
  const now = Date.now()
  for (let at = 0; at < count; at++) {
    const id = idOf(at)
    const { params, metrics } = syntheticRun(at)
    run.run(id, `run-${at}`, now + at, (at % 10) + 1)
    for (const [key, value] of Object.entries(params)) param.run(key, value, id)
    for (const [key, value] of Object.entries(metrics)) metric.run(key, value, now + at, id)
    tag.run('mlflow.runName', `run-${at}`, id)
  }
}

/** Fills a new database with so many synthetic runs. */
export const fillMlflow = (database: Sqlite, count: number): void => {
  database.pragma('journal_mode = WAL')
  database.pragma('synchronous = OFF')
  database.exec(schema)
  database.exec('BEGIN')
  const experiment = database.prepare(`INSERT INTO experiments VALUES (?, ?, 'active')`)
  for (let at = 0; at < 10; at++) experiment.run(at + 1, `experiment-${at}`)
  insertRuns(database, count)
  database.exec('COMMIT')
  database.pragma('synchronous = FULL')
}

/** As MLflow's store builds it: a join for each condition, an outer join for the order, ties by age and id. */
const search = `
SELECT DISTINCT runs.*, CASE WHEN o.is_nan = 1 THEN 1 WHEN o.value IS NULL THEN 2 ELSE 0 END AS nulls, o.value AS ordered
FROM runs
JOIN (SELECT * FROM latest_metrics WHERE "key" = 'auc' AND value > 0.9) m ON runs.run_uuid = m.run_uuid
JOIN (SELECT * FROM params WHERE "key" = 'model' AND value = 'x') p ON runs.run_uuid = p.run_uuid
LEFT OUTER JOIN (SELECT * FROM latest_metrics WHERE "key" = 'auc') o ON runs.run_uuid = o.run_uuid
WHERE runs.experiment_id IN (1, 2, 3, 4, 5, 6, 7, 8, 9, 10) AND runs.lifecycle_stage IN ('active')
ORDER BY nulls, ordered DESC, runs.start_time DESC, runs.run_uuid
LIMIT 100`

/** The question, and then what belongs to the runs that it found. Gives their number. */
export const searchMlflow = (database: Sqlite): (() => number) => {
  const found = database.prepare(search)
  const holes = Array.from({ length: 100 }, () => '?').join(', ')
  const parts = ['latest_metrics', 'params', 'tags'].map((table) =>
    database.prepare(`SELECT * FROM ${table} WHERE run_uuid IN (${holes})`),
  )
  return () => {
    const ids = found.all().map((row) => String(row['run_uuid']))
    const asked = Array.from({ length: 100 }, (_, at) => ids[at] ?? '')
    for (const part of parts) part.all(...asked)
    return ids.length
  }
}
