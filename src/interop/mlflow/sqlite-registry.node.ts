import * as v from 'valibot'
import { compare, versionFrom } from './records.ts'
import { aliasRowSchema, modelSchema, versionSchema, workspaceSchema } from './schemas.ts'
import type { SourceModel, SourceVersion } from './source.ts'
import type { TableQuery } from './sqlite.node.ts'
import { pairsIn, qualified, recordsOf, type Tables } from './sqlite-tables.node.ts'

const modelQuery: TableQuery = {
  table: 'registered_models',
  columns: {
    name: 'text',
    workspace: 'text',
    description: 'text',
    creation_timestamp: 'value',
    last_updated_timestamp: 'value',
  },
  from: { creation_timestamp: 'creation_time', last_updated_timestamp: 'last_updated_time' },
  loss: 'registered models beyond that place are left out, with their versions',
}

const versionQuery: TableQuery = {
  table: 'model_versions',
  columns: {
    version: 'value',
    creation_timestamp: 'value',
    last_updated_timestamp: 'value',
    current_stage: 'text',
    description: 'text',
    run_id: 'text',
    source: 'text',
    storage_location: 'text',
    status: 'text',
    user_id: 'text',
  },
  from: { creation_timestamp: 'creation_time', last_updated_timestamp: 'last_updated_time' },
  loss: 'versions of models beyond that place are left out',
}

const aliasQuery: TableQuery = {
  table: 'registered_model_aliases',
  columns: { alias: 'text', version: 'value' },
  loss: 'aliases beyond that place are left out',
}

/** What says in each table of the registry which model a row belongs to. */
type Owner = Readonly<Record<string, string>>

export const readModels = (tables: Tables): SourceModel[] => {
  const schema = v.object({ ...modelSchema.entries, ...workspaceSchema.entries })
  return [...recordsOf(tables, modelQuery, schema)].map((record): SourceModel => {
    const { name, workspace } = record
    const owner = workspace === null ? { name } : { name, workspace }
    const aliases = [...recordsOf(tables, { ...aliasQuery, where: owner }, aliasRowSchema)]
    return {
      name: qualified(name, workspace),
      description: record.description,
      createdAt: record.creation_timestamp,
      updatedAt: record.last_updated_timestamp,
      tags: pairsIn(tables, { table: 'registered_model_tags', where: owner }),
      aliases: aliases
        .map(({ alias, version }) => [alias, version] as const)
        .sort(([a], [b]) => compare(a, b)),
      versions: versionsOf(tables, owner),
    }
  })
}

const versionsOf = (tables: Tables, owner: Owner): SourceVersion[] =>
  [...recordsOf(tables, { ...versionQuery, where: owner }, versionSchema)]
    .map((record) => {
      const where = { ...owner, version: record.version }
      return versionFrom(record, pairsIn(tables, { table: 'model_version_tags', where }))
    })
    .sort((a, b) => a.version - b.version)
