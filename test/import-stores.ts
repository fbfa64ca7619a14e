import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import sqlite from 'node-sqlite3-wasm'
import type { Varve } from '../src/index.ts'
import type { RecordedEvent } from '../src/kernel/events/event.ts'

/** The published store that is shipped with the tests. */
export const housePrice = fileURLToPath(
  new URL('./fixtures/mlflow-house-price/mlruns', import.meta.url),
)

/** 2023-05-27, the day on which most of it happened. */
export const day = (time: string): string => `2023-05-27T${time}Z`

export const eventsOf = async (varve: Varve): Promise<RecordedEvent[]> => {
  const all: RecordedEvent[] = []
  for await (const { events } of varve.read()) all.push(...events)
  return all
}

/** What an event says, but for when it was really recorded. */
export const contentOf = ({ position: _, ...event }: RecordedEvent): unknown => event

export type Files = Readonly<Record<string, string>>

export const writeFiles = async (root: string, files: Files): Promise<void> => {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), content)
  }
}

export const experimentMeta = (fields: Readonly<Record<string, string | number>> = {}): string =>
  yaml({
    artifact_location: 'file:///home/a/mlruns/7',
    creation_time: 1000,
    experiment_id: "'7'",
    last_update_time: 2000,
    lifecycle_stage: 'active',
    name: 'churn',
    ...fields,
  })

export const runMeta = (fields: Readonly<Record<string, string | number>> = {}): string =>
  yaml({
    artifact_uri: `file:///home/a/mlruns/7/${fields['run_id'] ?? 'r1'}/artifacts`,
    end_time: 9000,
    experiment_id: "'7'",
    lifecycle_stage: 'active',
    run_id: 'r1',
    run_name: 'able-kit-180',
    start_time: 5000,
    status: 3,
    user_id: 'ana',
    ...fields,
  })

export const versionMeta = (fields: Readonly<Record<string, string | number>> = {}): string =>
  yaml({
    creation_timestamp: 9500,
    current_stage: 'None',
    last_updated_timestamp: 9500,
    name: 'm',
    run_id: 'r1',
    source: 'file:///home/a/mlruns/7/r1/artifacts/model',
    user_id: 'ana',
    version: 1,
    ...fields,
  })

const yaml = (fields: Readonly<Record<string, string | number>>): string =>
  Object.entries(fields)
    .map(([key, value]) => `${key}: ${value}\n`)
    .join('')

/** One experiment with one run, and a model of one version. */
export const small: Files = {
  '7/meta.yaml': experimentMeta(),
  '7/tags/team': 'growth',
  '7/r1/meta.yaml': runMeta(),
  '7/r1/params/max_depth': '8',
  '7/r1/tags/mlflow.runName': 'able-kit-180',
  '7/r1/tags/note': 'first',
  '7/r1/metrics/loss': '5100 0.9 0\n5300 0.5 1\n',
  '7/r1/metrics/auc': '5300 nan 1\n',
  '7/r1/artifacts/model/MLmodel': 'flavors: {}\n',
  'models/m/meta.yaml': yaml({
    creation_timestamp: 9400,
    last_updated_timestamp: 9800,
    name: 'm',
    description: 'predicts churn',
  }),
  'models/m/version-1/meta.yaml': versionMeta(),
}

const tables = `
  CREATE TABLE experiments (experiment_id INTEGER PRIMARY KEY, name TEXT, artifact_location TEXT,
    lifecycle_stage TEXT, creation_time BIGINT, last_update_time BIGINT);
  CREATE TABLE experiment_tags (key TEXT, value TEXT, experiment_id INTEGER);
  CREATE TABLE runs (run_uuid TEXT PRIMARY KEY, name TEXT, user_id TEXT, status TEXT, start_time BIGINT,
    end_time BIGINT, deleted_time BIGINT, lifecycle_stage TEXT, artifact_uri TEXT, experiment_id INTEGER);
  CREATE TABLE params (key TEXT, value TEXT, run_uuid TEXT);
  CREATE TABLE tags (key TEXT, value TEXT, run_uuid TEXT);
  CREATE TABLE metrics (key TEXT, value FLOAT, timestamp BIGINT, run_uuid TEXT, step BIGINT, is_nan BOOLEAN);
  CREATE TABLE registered_models (name TEXT, creation_time BIGINT, last_updated_time BIGINT, description TEXT);
  CREATE TABLE registered_model_tags (key TEXT, value TEXT, name TEXT);
  CREATE TABLE registered_model_aliases (alias TEXT, version INTEGER, name TEXT);
  CREATE TABLE model_versions (name TEXT, version INTEGER, creation_time BIGINT,
    last_updated_time BIGINT, description TEXT, current_stage TEXT, source TEXT, run_id TEXT, status TEXT);
  CREATE TABLE model_version_tags (key TEXT, value TEXT, name TEXT, version INTEGER);
`

const rows = `
  INSERT INTO experiments VALUES (0, 'Default', NULL, 'active', 10, 10),
    (1, 'churn', 'file:///srv/1', 'deleted', 20, 900);
  INSERT INTO runs VALUES ('b', 'later', 'ana', 'RUNNING', 300, NULL, NULL, 'active', NULL, 0),
    ('a', 'first', 'ben', 'FINISHED', 100, 200, 250, 'deleted', NULL, 1);
  INSERT INTO params VALUES ('depth', '8', 'a'), ('__proto__', 'x', 'a'), ('', 'nameless', 'a');
  INSERT INTO metrics VALUES ('loss', 0.5, 120, 'a', 1, 0), ('loss', 0, 110, 'a', 0, 1),
    ('loss', 0.4, 130, 'a', 2, 0);
  INSERT INTO registered_models VALUES ('m', 400, 500, 'a model');
  INSERT INTO registered_model_aliases VALUES ('champion', 2, 'm');
  INSERT INTO model_versions VALUES ('m', 2, 420, 480, NULL, 'Production', 's3://x', 'a', 'READY'),
    ('m', 1, 410, 470, NULL, 'Deleted_Internal', 'REDACTED', NULL, 'READY'),
    ('m', 3, 430, 490, NULL, 'Production', 's3://z', 'b', 'READY');
  INSERT INTO model_version_tags VALUES ('reviewed', 'yes', 'm', 2);
`

/** Writes a database as a tracking server leaves it. */
export const writeDatabase = (path: string, sql = tables + rows): void => {
  const database = new sqlite.Database(path)
  try {
    database.exec(sql)
  } finally {
    database.close()
  }
}
