import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type LoggedModel, open, type Varve } from '../src/index.ts'
import { importMlflow } from '../src/interop/index.ts'
import { small, versionMeta, writeDatabase, writeFiles } from './import-stores.ts'

let folder = ''
const opened: Varve[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'varve-logged-models-test-'))
})

afterEach(async () => {
  for (const varve of opened.splice(0)) await varve.close()
  await rm(folder, { recursive: true, force: true })
})

const emptyStore = async (): Promise<Varve> => {
  const varve = await open({ memory: true, facts: false })
  opened.push(varve)
  return varve
}

const meta = (fields: string): string =>
  `name: forest\nexperiment_id: 7\nartifact_location: file:///m\n${fields}`

/** A store with one run, two logged models of it, and a version that was made from the first. */
const files = {
  ...small,
  '7/models/m-1/meta.yaml': meta(
    'model_id: m-1\nsource_run_id: r1\ncreation_timestamp: 6000\nlast_updated_timestamp: 7000\nstatus: 2\nmodel_type: agent\n',
  ),
  '7/models/m-1/params/depth': '3',
  '7/models/m-1/tags/mlflow.user': 'ben',
  '7/models/m-1/tags/mlflow.modelVersions': '[{"name": "m", "version": "2"}]',
  '7/models/m-1/metrics/auc': '5300 0.5 1 r1\n6500 nan 2 r1\n6600 0.7 3 r1 test 1a2b\n',
  '7/models/m-2/meta.yaml': meta(
    'model_id: m-2\nsource_run_id: null\ncreation_timestamp: 6100\nlast_updated_timestamp: 6200\nstatus: LOGGED_MODEL_UPLOAD_FAILED\nstatus_message: disk full\nlifecycle_stage: deleted\n',
  ),
  '7/models/m-2/metrics/auc': '1 2 3\n1 0.5 0 r1\n',
  'models/m/version-2/meta.yaml': versionMeta({ version: 2, source: 'models:/m-1' }),
}

const shown = ({ createdAt: _, changedAt: __, ...model }: LoggedModel): unknown => model

describe('Logged models of a published store', () => {
  it('come in from a folder with params, tags, metrics, and what became of them', async () => {
    await writeFiles(folder, files)
    const varve = await emptyStore()
    const summary = await importMlflow(varve, folder)
    expect(summary.written.loggedModels).toBe(2)
    expect(summary.read.loggedModels).toBe(2)
    expect(summary.leftOut).toEqual([])
    expect(summary.problems.map(({ file, line }) => [file, line])).toEqual([
      ['7/models/m-2/metrics/auc', 1],
    ])
    const first = await varve.loggedModels.get('m-1')
    expect(first).toMatchObject({
      ...{ name: 'forest', experimentId: '7', status: 'READY', type: 'agent', run: 'r1' },
      ...{ artifactLocation: 'file:///m', createdTime: 6000 },
      params: { depth: '3' },
      tags: { 'mlflow.user': 'ben', 'mlflow.modelVersions': '[{"name": "m", "version": "2"}]' },
      registrations: [{ model: 'm', version: 2 }],
    })
    expect(first.metrics).toEqual([
      { key: 'auc', value: 0.5, step: 1, timestamp: 5300, run: 'r1' },
      { key: 'auc', value: Number.NaN, step: 2, timestamp: 6500, run: 'r1' },
      {
        ...{ key: 'auc', value: 0.7, step: 3, timestamp: 6600, run: 'r1' },
        dataset: { name: 'test', digest: '1a2b' },
      },
    ])
    expect(await varve.loggedModels.get('m-2', { deleted: true })).toMatchObject({
      ...{ status: 'UPLOAD_FAILED', statusMessage: 'disk full', lifecycle: 'deleted' },
    })
    expect(await varve.registry.version('m', 2)).toMatchObject({ loggedModel: 'm-1' })
  })

  it('can be seen as they were while they were made', async () => {
    await writeFiles(folder, files)
    const varve = await emptyStore()
    await importMlflow(varve, folder)
    const at = async (time: number) => await varve.asOf(new Date(time)).loggedModels.get('m-1')
    expect(await at(6000)).toMatchObject({ status: 'PENDING', metrics: [{ timestamp: 5300 }] })
    expect((await at(6599)).metrics.length).toBe(2)
    expect(await at(7000)).toMatchObject({ status: 'READY', registrations: [] })
  })

  it('come in once, and what was new since comes in later', async () => {
    await writeFiles(folder, files)
    const varve = await emptyStore()
    await importMlflow(varve, folder)
    const { head } = await varve.log.info()
    expect(await importMlflow(varve, folder)).toMatchObject({ times: 'nothing' })
    expect((await varve.log.info()).head).toBe(head)
    await varve.loggedModels.setTags('m-1', { 'mlflow.user': 'mine' })
    await writeFiles(folder, {
      '7/models/m-1/metrics/auc': `${files['7/models/m-1/metrics/auc']}6700 0.8 4 r1\n`,
      '7/models/m-1/params/width': '9',
      '7/models/m-1/tags/stage': 'late',
    })
    await importMlflow(varve, folder)
    const model = await varve.loggedModels.get('m-1')
    expect(model.metrics.map(({ timestamp }) => timestamp)).toEqual([5300, 6500, 6600, 6700])
    expect(Object.entries(model.params)).toEqual([
      ['depth', '3'],
      ['width', '9'],
    ])
    expect(model.tags).toMatchObject({ 'mlflow.user': 'mine', stage: 'late' })
  })

  it('come in from a database as they do from a folder', async () => {
    // MLflow's databases keep 0 where the metric of a logged model was NaN.
    const points = files['7/models/m-1/metrics/auc'].replace('nan', '0')
    const { 'models/m/version-2/meta.yaml': _version, ...others } = files
    await writeFiles(folder, {
      ...others,
      '7/models/m-1/metrics/auc': points,
      '7/models/m-2/metrics/auc': '1 0.5 0 r1\n',
    })
    const path = join(folder, 'mlflow.db')
    writeDatabase(path, database)
    const [ofFolder, ofDatabase] = [await emptyStore(), await emptyStore()]
    await importMlflow(ofFolder, folder)
    expect(await importMlflow(ofDatabase, path)).toMatchObject({
      problems: [],
      leftOut: [],
      written: { loggedModels: 2 },
    })
    for (const id of ['m-1', 'm-2']) {
      const [a, b] = await Promise.all(
        [ofFolder, ofDatabase].map((varve) => varve.loggedModels.get(id, { deleted: true })),
      )
      expect(a && shown(a)).toEqual(b && shown(b))
    }
  })

  it('without an experiment are named as problems', async () => {
    const path = join(folder, 'mlflow.db')
    writeDatabase(path, `${database} update logged_models set experiment_id = 9;`)
    const varve = await emptyStore()
    const summary = await importMlflow(varve, path)
    expect(summary.problems.map(({ message }) => message)).toEqual([
      '9/models/m-1: There is no experiment 9; the logged model is left out.',
      '9/models/m-2: There is no experiment 9; the logged model is left out.',
    ])
    expect((await varve.loggedModels.search({ lifecycle: 'all' })).models).toEqual([])
  })
})

const database = `
create table experiments (experiment_id integer, name text, artifact_location text,
  lifecycle_stage text, creation_time bigint, last_update_time bigint);
insert into experiments values (7, 'churn', 'file:///home/a/mlruns/7', 'active', 1000, 2000);
create table runs (run_uuid text, name text, experiment_id integer, user_id text, status text,
  start_time bigint, end_time bigint, lifecycle_stage text, artifact_uri text);
create table logged_models (model_id text, experiment_id integer, name text, artifact_location text,
  creation_timestamp_ms bigint, last_updated_timestamp_ms bigint, status integer, lifecycle_stage text,
  model_type text, source_run_id text, status_message text);
insert into logged_models values
  ('m-1', 7, 'forest', 'file:///m', 6000, 7000, 2, 'active', 'agent', 'r1', null),
  ('m-2', 7, 'forest', 'file:///m', 6100, 6200, 3, 'deleted', null, null, 'disk full');
create table logged_model_params (model_id text, experiment_id integer, param_key text, param_value text);
insert into logged_model_params values ('m-1', 7, 'depth', '3');
create table logged_model_tags (model_id text, experiment_id integer, tag_key text, tag_value text);
insert into logged_model_tags values ('m-1', 7, 'mlflow.user', 'ben'),
  ('m-1', 7, 'mlflow.modelVersions', '[{"name": "m", "version": "2"}]');
create table logged_model_metrics (model_id text, metric_name text, metric_timestamp_ms bigint,
  metric_step bigint, metric_value float, experiment_id integer, run_id text, dataset_uuid text,
  dataset_name text, dataset_digest text);
insert into logged_model_metrics values
  ('m-1', 'auc', 5300, 1, 0.5, 7, 'r1', null, null, null),
  ('m-1', 'auc', 6500, 2, 0, 7, 'r1', null, null, null),
  ('m-1', 'auc', 6600, 3, 0.7, 7, 'r1', 'u', 'test', '1a2b'),
  ('m-2', 'auc', 1, 0, 0.5, 7, 'r1', null, null, null);
`
