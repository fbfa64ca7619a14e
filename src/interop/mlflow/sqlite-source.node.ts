import { dirname } from 'node:path'
import * as v from 'valibot'
import { interopError } from '../errors.ts'
import type { ArtifactPlaces } from './artifacts.node.ts'
import { digestFiles } from './digest.node.ts'
import { breathe } from './files.node.ts'
import type { Problems } from './problems.ts'
import { byTime, experimentFrom, inOrder, loggedModelFrom } from './records.ts'
import { experimentSchema, loggedModelSchema, workspaceSchema } from './schemas.ts'
import type {
  LeftOut,
  MlflowSource,
  SourceExperiment,
  SourceLoggedModel,
  SourceModel,
  SourceProblem,
  SourceRun,
} from './source.ts'
import { SqliteFile, type TableQuery } from './sqlite.node.ts'
import { readModels } from './sqlite-registry.node.ts'
import { modelMetricsOf, readRun, runQuery } from './sqlite-run.node.ts'
import { pairsIn, qualified, recordsOf, type Tables } from './sqlite-tables.node.ts'
import { logSuffixes, sizeOf } from './sqlite-workplace.node.ts'

/** Opens the SQLite database of a tracking server. @throws `SOURCE_UNREADABLE`, `SOURCE_NOT_RECOGNISED` */
export const openSqliteSource = async (
  path: string,
  problems: Problems,
  artifactRoots: readonly string[],
): Promise<MlflowSource> => {
  const file = await SqliteFile.open(path, problems)
  if (file.tables.some((table) => ['runs', 'experiments', 'model_versions'].includes(table))) {
    return new SqliteSource(path, { file, problems }, artifactRoots)
  }
  await file.close()
  const message = `The database ${path} has none of MLflow's tables (experiments, runs, model_versions). Give the file that a tracking server names in its backend store: sqlite:///mlflow.db.`
  throw interopError('SOURCE_NOT_RECOGNISED', message, { data: { path, tables: file.tables } })
}

class SqliteSource implements MlflowSource {
  readonly kind = 'sqlite'
  readonly path: string
  readonly #tables: Tables
  readonly #places: ArtifactPlaces
  #isClosed = false

  constructor(path: string, tables: Tables, artifactRoots: readonly string[]) {
    this.path = path
    this.#tables = tables
    this.#places = { roots: [dirname(path), ...artifactRoots], problems: tables.problems }
  }

  get problems(): readonly SourceProblem[] {
    return this.#tables.problems.list
  }

  async digest(): Promise<string> {
    this.#opened()
    const files: [string, string][] = [['', this.path]]
    for (const suffix of logSuffixes) {
      if ((await sizeOf(this.path + suffix)) > 0) files.push([suffix, this.path + suffix])
    }
    return await digestFiles(files)
  }

  async *experiments(): AsyncGenerator<SourceExperiment, void> {
    const tables = this.#opened()
    const schema = v.object({ ...experimentSchema.entries, ...workspaceSchema.entries })
    const experiments = [...recordsOf(tables, experimentQuery, schema)].map((record) => {
      const where = { experiment_id: record.experiment_id }
      const name = qualified(record.name, record.workspace)
      return experimentFrom(
        { ...record, name },
        pairsIn(tables, { table: 'experiment_tags', where }),
      )
    })
    yield* experiments.sort(inOrder.experiments)
  }

  async *runs(): AsyncGenerator<SourceRun, void> {
    const tables = this.#opened()
    const order = [...tables.file.rows(runOrderQuery)].map((row) => ({
      id: String(row['run_uuid']),
      startTime: typeof row['start_time'] === 'number' ? row['start_time'] : null,
    }))
    order.sort(
      byTime(
        (run) => run.startTime,
        (run) => run.id,
      ),
    )
    for (const { id } of order) {
      await breathe()
      const run = readRun({ tables: this.#opened(), places: this.#places }, id)
      if (run !== undefined) yield run
    }
  }

  async *models(): AsyncGenerator<SourceModel, void> {
    yield* readModels(this.#opened()).sort(inOrder.models)
  }

  async *loggedModels(): AsyncGenerator<SourceLoggedModel, void> {
    const tables = this.#opened()
    const records = [...recordsOf(tables, loggedModelQuery, loggedModelSchema)]
    const models = records.map((record) => {
      const where = { model_id: record.model_id }
      const params = pairsIn(tables, {
        table: 'logged_model_params',
        where,
        from: { key: 'param_key', value: 'param_value' },
      })
      const tags = pairsIn(tables, {
        table: 'logged_model_tags',
        where,
        from: { key: 'tag_key', value: 'tag_value' },
      })
      const metrics = async () => modelMetricsOf(this.#opened(), record.model_id)
      const experiment = record.experiment_id ?? '0'
      return loggedModelFrom({ record, experiment, params, tags, metrics })
    })
    yield* models.sort(inOrder.loggedModels)
  }

  /** Every other table with rows in it, under its own name. */
  async leftOut(): Promise<LeftOut[]> {
    const { file } = this.#opened()
    return file.tables
      .filter((table) => !readTables.has(table) && !table.startsWith('sqlite_'))
      .map((table) => ({ kind: table, count: file.count(table) }))
      .filter(({ count }) => count > 0)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#tables.file.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #opened(): Tables {
    if (!this.#isClosed) return this.#tables
    const message = `The source ${this.path} was closed. Open it again with openMlflowSource().`
    throw interopError('SOURCE_CLOSED', message, { data: { path: this.path } })
  }
}

/** Read, or derived from what is read (`latest_metrics`), or about the database itself. */
const readTables = new Set([
  ...['experiments', 'experiment_tags', 'runs', 'params', 'metrics', 'latest_metrics', 'tags'],
  ...['inputs', 'input_tags', 'datasets', 'logged_models', 'logged_model_params'],
  ...['logged_model_tags', 'logged_model_metrics', 'registered_models', 'registered_model_tags'],
  ...['registered_model_aliases', 'model_versions', 'model_version_tags'],
  ...['alembic_version', 'workspaces'],
])

const experimentQuery: TableQuery = {
  table: 'experiments',
  columns: {
    experiment_id: 'text',
    name: 'text',
    workspace: 'text',
    artifact_location: 'text',
    lifecycle_stage: 'text',
    creation_time: 'value',
    last_update_time: 'value',
  },
  loss: 'experiments beyond that place are left out',
}

const runOrderQuery: TableQuery = {
  table: 'runs',
  columns: { run_uuid: 'text', start_time: 'value' },
  loss: runQuery.loss,
}

const loggedModelQuery: TableQuery = {
  table: 'logged_models',
  columns: {
    model_id: 'text',
    name: 'text',
    experiment_id: 'text',
    source_run_id: 'text',
    creation_timestamp: 'value',
    last_updated_timestamp: 'value',
    lifecycle_stage: 'text',
    artifact_location: 'text',
    status: 'value',
    status_message: 'text',
    model_type: 'text',
  },
  from: {
    creation_timestamp: 'creation_timestamp_ms',
    last_updated_timestamp: 'last_updated_timestamp_ms',
  },
  loss: 'logged models beyond that place are left out',
}
