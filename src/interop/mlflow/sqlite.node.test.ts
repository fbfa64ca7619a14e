import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sqlite from 'node-sqlite3-wasm'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openMlflowSource } from './index.ts'
import type { MlflowSource, SourceRun } from './source.ts'

let folder = ''
let path = ''
const opened: MlflowSource[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'varve-sqlite-test-'))
  path = join(folder, 'mlflow.db')
})

afterEach(async () => {
  vi.unstubAllEnvs()
  await Promise.all(opened.splice(0).map(async (source) => await source.close()))
  await rm(folder, { recursive: true, force: true })
})

/** The tables of MLflow as far as they are read, with the columns of one of its versions. */
const schema = `
  CREATE TABLE experiments (experiment_id INTEGER PRIMARY KEY, name TEXT, artifact_location TEXT,
    lifecycle_stage TEXT, creation_time BIGINT, last_update_time BIGINT);
  CREATE TABLE experiment_tags (key TEXT, value TEXT, experiment_id INTEGER);
  CREATE TABLE runs (run_uuid TEXT PRIMARY KEY, name TEXT, user_id TEXT, status TEXT, start_time BIGINT,
    end_time BIGINT, deleted_time BIGINT, lifecycle_stage TEXT, artifact_uri TEXT, experiment_id INTEGER);
  CREATE TABLE params (key TEXT, value TEXT, run_uuid TEXT);
  CREATE TABLE tags (key TEXT, value TEXT, run_uuid TEXT);
  CREATE TABLE metrics (key TEXT, value FLOAT, timestamp BIGINT, run_uuid TEXT, step BIGINT, is_nan BOOLEAN);
  CREATE TABLE inputs (input_uuid TEXT, source_type TEXT, source_id TEXT, destination_type TEXT,
    destination_id TEXT, step BIGINT);
  CREATE TABLE input_tags (input_uuid TEXT, name TEXT, value TEXT);
  CREATE TABLE datasets (dataset_uuid TEXT, experiment_id INTEGER, name TEXT, digest TEXT,
    dataset_source_type TEXT, dataset_source TEXT, dataset_schema TEXT, dataset_profile TEXT);
  CREATE TABLE registered_models (name TEXT, creation_time BIGINT, last_updated_time BIGINT,
    description TEXT, workspace TEXT);
  CREATE TABLE registered_model_tags (key TEXT, value TEXT, name TEXT, workspace TEXT);
  CREATE TABLE registered_model_aliases (alias TEXT, version INTEGER, name TEXT, workspace TEXT);
  CREATE TABLE model_versions (name TEXT, version INTEGER, creation_time BIGINT,
    last_updated_time BIGINT, description TEXT, current_stage TEXT, source TEXT, run_id TEXT,
    status TEXT, workspace TEXT);
  CREATE TABLE model_version_tags (key TEXT, value TEXT, name TEXT, version INTEGER, workspace TEXT);
  CREATE TABLE trace_info (request_id TEXT);
`

const content = `
  INSERT INTO experiments VALUES (0, 'Default', NULL, 'active', 10, 10),
    (1, 'churn', 'file:///srv/1', 'deleted', 20, 30);
  INSERT INTO experiment_tags VALUES ('team', 'growth', 1);
  INSERT INTO runs VALUES ('b', 'later', 'ana', 'RUNNING', 300, NULL, NULL, 'active', NULL, 0),
    ('a', 'first', 'ben', 'FINISHED', 100, 200, 250, 'deleted', NULL, 1);
  INSERT INTO params VALUES ('depth', '8', 'a'), ('__proto__', 'x', 'a');
  INSERT INTO tags VALUES ('mlflow.note', 'a' || char(0) || 'b', 'a');
  INSERT INTO metrics VALUES ('loss', 0.5, 120, 'a', 1, 0), ('loss', 0, 110, 'a', 0, 1),
    ('big', 1.7976931348623157e308, 130, 'a', 0, 0), ('big', -1.7976931348623157e308, 140, 'a', 0, 0);
  INSERT INTO inputs VALUES ('i', 'DATASET', 'd', 'RUN', 'a', 0), ('o', 'RUN_OUTPUT', 'a', 'MODEL_OUTPUT', 'm-1', 2);
  INSERT INTO input_tags VALUES ('i', 'mlflow.data.context', 'train');
  INSERT INTO datasets VALUES ('d', 1, 'train', '1a2b', 'local', '{}', NULL, '{"rows":3}');
  INSERT INTO registered_models VALUES ('m', 400, 500, 'a model', 'default'), ('m', 450, 450, NULL, 'lab');
  INSERT INTO registered_model_tags VALUES ('task', 'x', 'm', 'default');
  INSERT INTO registered_model_aliases VALUES ('champion', 2, 'm', 'default');
  INSERT INTO model_versions VALUES ('m', 2, 420, 480, NULL, 'Production', 's3://x', 'a', 'READY', 'default'),
    ('m', 1, 410, 470, NULL, 'Deleted_Internal', 'REDACTED', NULL, 'READY', 'default'),
    ('m', 1, 460, 460, NULL, 'None', 's3://y', NULL, 'READY', 'lab');
  INSERT INTO model_version_tags VALUES ('reviewed', 'yes', 'm', 2, 'default');
  INSERT INTO trace_info VALUES ('t1'), ('t2');
`

const create = (sql: string, at = path): void => {
  const database = new sqlite.Database(at)
  try {
    database.exec(sql)
  } finally {
    database.close()
  }
}

const openSource = async (at = path): Promise<MlflowSource> => {
  const source = await openMlflowSource(at)
  opened.push(source)
  return source
}

const all = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}

const firstRun = async (source: MlflowSource): Promise<SourceRun> => {
  const [run] = await all(source.runs())
  if (run === undefined) throw new Error('The source has no run.')
  return run
}

describe('an SQLite store', () => {
  it('is found by its path and from its folder, by what it begins with', async () => {
    create(schema)
    expect(await openSource()).toMatchObject({ kind: 'sqlite', path })
    expect(await openSource(folder)).toMatchObject({ kind: 'sqlite', path })
  })

  it('gives experiments, and runs by their start', async () => {
    create(schema + content)
    const source = await openSource()
    expect(await all(source.experiments())).toMatchObject([
      { id: '0', name: 'Default', deleted: false },
      { id: '1', name: 'churn', deleted: true, tags: [['team', 'growth']] },
    ])
    expect(await all(source.runs())).toMatchObject([
      {
        id: 'a',
        experiment: '1',
        name: 'first',
        status: 'FINISHED',
        deleted: true,
        deletedAt: 250,
      },
      { id: 'b', experiment: '0', name: 'later', status: 'RUNNING', endTime: null },
    ])
    expect(source.problems).toEqual([])
  })

  it('gives params, tags with any character, inputs, outputs and points with NaN and infinities', async () => {
    create(schema + content)
    const source = await openSource()
    const run = await firstRun(source)
    expect(run.params).toEqual([
      ['__proto__', 'x'],
      ['depth', '8'],
    ])
    expect(run.tags).toEqual([['mlflow.note', 'a\0b']])
    expect(run.datasets).toEqual([
      {
        name: 'train',
        digest: '1a2b',
        sourceType: 'local',
        source: '{}',
        profile: '{"rows":3}',
        tags: [['mlflow.data.context', 'train']],
      },
    ])
    expect(run.modelOutputs).toEqual([{ id: 'm-1', step: 2 }])
    const { POSITIVE_INFINITY, NEGATIVE_INFINITY, NaN: nan } = Number
    expect(await run.metrics()).toEqual({
      keys: ['loss', 'big'],
      key: Uint32Array.of(0, 0, 1, 1),
      value: Float64Array.of(nan, 0.5, POSITIVE_INFINITY, NEGATIVE_INFINITY),
      step: Float64Array.of(0, 1, 0, 0),
      timestamp: Float64Array.of(110, 120, 130, 140),
    })
    expect(source.problems).toEqual([])
  })

  it('gives models of every workspace with versions, stages, aliases and tags', async () => {
    create(schema + content)
    const source = await openSource()
    expect(await all(source.models())).toMatchObject([
      {
        name: 'm',
        description: 'a model',
        tags: [['task', 'x']],
        aliases: [['champion', 2]],
        versions: [
          { version: 1, deleted: true, stage: 'None' },
          {
            version: 2,
            deleted: false,
            stage: 'Production',
            run: 'a',
            tags: [['reviewed', 'yes']],
          },
        ],
      },
      { name: 'lab/m', aliases: [], versions: [{ version: 1, source: 's3://y' }] },
    ])
    expect(await source.leftOut()).toEqual([{ kind: 'trace_info', count: 2 }])
  })

  it('reads the columns that an old version of MLflow has', async () => {
    create(`
      CREATE TABLE experiments (experiment_id INTEGER, name TEXT);
      CREATE TABLE runs (run_uuid TEXT, status TEXT, experiment_id INTEGER, start_time BIGINT,
        source_name TEXT, source_version TEXT);
      CREATE TABLE metrics (key TEXT, value FLOAT, timestamp BIGINT, run_uuid TEXT);
      INSERT INTO experiments VALUES (0, 'Default');
      INSERT INTO runs VALUES ('a', 'FAILED', 0, 5, 'train.py', 'abc');
      INSERT INTO metrics VALUES ('loss', 1, 7, 'a');
    `)
    const source = await openSource()
    const run = await firstRun(source)
    expect(run).toMatchObject({ status: 'FAILED', startTime: 5, deleted: false, params: [] })
    expect(run.tags).toEqual([
      ['mlflow.source.git.commit', 'abc'],
      ['mlflow.source.name', 'train.py'],
    ])
    expect((await run.metrics()).step).toEqual(Float64Array.of(0))
    expect(source.problems).toEqual([])
  })

  it('finds the artifacts beside the database, by the layout of MLflow', async () => {
    create(schema + content)
    const artifacts = join(folder, 'mlruns', '1', 'a', 'artifacts')
    await mkdir(artifacts, { recursive: true })
    await writeFile(join(artifacts, 'a.txt'), 'here')
    const run = await firstRun(await openSource())
    expect(await all(run.artifacts())).toMatchObject([{ path: 'a.txt', size: 4 }])
  })

  it('reads what still lies in a write-ahead log, and writes nothing beside the database', async () => {
    const database = new sqlite.Database(path)
    database.exec(
      'PRAGMA locking_mode = exclusive; PRAGMA journal_mode = wal; PRAGMA wal_autocheckpoint = 0',
    )
    database.exec(schema + content)
    const bytes = { db: await readFile(path), wal: await readFile(`${path}-wal`) }
    database.close()
    // As it lay before it was closed: everything is in the log.
    await writeFile(path, bytes.db)
    await writeFile(`${path}-wal`, bytes.wal)
    expect(bytes.wal.length).toBeGreaterThan(bytes.db.length)
    await rm(`${path}.lock`, { recursive: true, force: true })
    const before = await readdir(folder)
    const source = await openSource()
    expect(await all(source.runs())).toHaveLength(2)
    await source.digest()
    await source.close()
    expect(await readdir(folder)).toEqual(before)
    expect(await readFile(`${path}-wal`)).toEqual(bytes.wal)
  })

  it('reads many runs of an old database, which has no index by run', async () => {
    create(`${schema}
      WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 599)
      INSERT INTO runs (run_uuid, status, start_time, experiment_id) SELECT 'r' || i, 'FINISHED', i, 0 FROM n;
      INSERT INTO params SELECT 'depth', substr(run_uuid, 2), run_uuid FROM runs;`)
    const before = await readFile(path)
    const list = await all((await openSource()).runs())
    expect(list).toHaveLength(600)
    expect(list.map(({ params }) => params[0]?.[1])).toEqual(list.map(({ id }) => id.slice(1)))
    expect(await readFile(path)).toEqual(before)
  })

  it('names rows that do not fit, and gives the others', async () => {
    create(`${schema}${content}
      INSERT INTO runs (run_uuid, status, start_time, experiment_id) VALUES ('c', 'ODD', 400, 0);
      INSERT INTO metrics VALUES ('loss', 'much', 150, 'a', 2, 0);
      INSERT INTO params VALUES ('bad', CAST(x'66ff' AS TEXT), 'a');`)
    const source = await openSource()
    const list = await all(source.runs())
    expect(list.map(({ id }) => id)).toEqual(['a', 'b'])
    expect((await list[0]?.metrics())?.value).toHaveLength(4)
    expect(source.problems).toHaveLength(3)
    expect(source.problems.map(({ message }) => message).join('\n')).toMatch(
      /no valid UTF-8.*\(c\).*status is no status.*metric loss of run a/s,
    )
  })

  it('reads what is whole of a file that was cut short', async () => {
    create(`${schema}${content}
      CREATE TABLE padding (text TEXT);
      INSERT INTO padding SELECT hex(randomblob(2000)) FROM runs, runs, runs, runs, runs, runs;`)
    const whole = await readFile(path)
    await writeFile(path, whole.subarray(0, whole.length - 100_000))
    const source = await openSource()
    expect(await all(source.runs())).toHaveLength(2)
    expect(await source.leftOut()).toContainEqual({ kind: 'trace_info', count: 2 })
    expect(source.problems).toMatchObject([{ file: 'mlflow.db' }])
    expect(source.problems[0]?.message).toContain('padding')
  })

  it('names the tables that were lost at the end of a file', async () => {
    create(`
      CREATE TABLE experiments (experiment_id INTEGER, name TEXT);
      CREATE TABLE runs (run_uuid TEXT PRIMARY KEY, status TEXT, experiment_id INTEGER, start_time BIGINT);
      INSERT INTO experiments VALUES (0, 'Default');`)
    create(
      "CREATE TABLE params (key TEXT, value TEXT, run_uuid TEXT); INSERT INTO runs VALUES ('a', 'FINISHED', 0, 5);",
    )
    create("INSERT INTO params VALUES ('a', 'b', 'a');")
    const whole = await readFile(path)
    await writeFile(path, whole.subarray(0, whole.length - 4096))
    const source = await openSource()
    expect(await all(source.runs())).toMatchObject([{ id: 'a', params: [] }])
    expect(source.problems).toMatchObject([{ file: 'mlflow.db' }])
    expect(source.problems[0]?.message).toContain('The table params cannot be read to its end')
  })

  it('refuses a database of another program, and one that is only a beginning', async () => {
    create('CREATE TABLE people (name TEXT)')
    await expect(openMlflowSource(path)).rejects.toMatchObject({
      code: 'SOURCE_NOT_RECOGNISED',
      data: { tables: ['people'] },
    })
    await writeFile(path, 'SQLite format 3\0 and then nothing of the kind')
    await expect(openMlflowSource(path)).rejects.toMatchObject({ code: 'SOURCE_UNREADABLE' })
  })

  it('says that it was closed, also to who asks a run for its points', async () => {
    create(schema + content)
    const source = await openSource()
    const run = await firstRun(source)
    await source.close()
    await source.close()
    await expect(run.metrics()).rejects.toMatchObject({ code: 'SOURCE_CLOSED' })
    await expect(all(source.models())).rejects.toMatchObject({ code: 'SOURCE_CLOSED' })
    expect(source.problems).toEqual([])
  })

  it('leaves no temporary folder behind', async () => {
    const temporary = join(folder, 'tmp')
    await mkdir(temporary)
    vi.stubEnv('TMPDIR', temporary)
    vi.stubEnv('TEMP', temporary)
    create(schema)
    const source = await openSource()
    expect(await readdir(temporary)).toHaveLength(1)
    await source.close()
    await expect(all(source.runs())).rejects.toMatchObject({ code: 'SOURCE_CLOSED' })
    await writeFile(path, 'SQLite format 3\0 and then nothing of the kind')
    await expect(openMlflowSource(path)).rejects.toMatchObject({ code: 'SOURCE_UNREADABLE' })
    expect(await readdir(temporary)).toEqual([])
  })
})
