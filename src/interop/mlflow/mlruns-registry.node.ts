import * as v from 'valibot'
import { type Entry, type Folder, findEntry, listFolder } from './files.node.ts'
import { listFolders, readMeta, readPairs, reportUnknown } from './meta.node.ts'
import { compare, versionFrom } from './records.ts'
import { aliasSchema, modelSchema, versionSchema } from './schemas.ts'
import type { SourceModel, SourceVersion } from './source.ts'

/** Reads one registered model with its versions: the folder `models/<name>`. */
export const readModel = async (folder: Folder, path: string): Promise<SourceModel | undefined> => {
  const loss = 'the registered model is left out, with its versions'
  const record = await readMeta(folder, { path: `${path}/meta.yaml`, schema: modelSchema, loss })
  if (record === undefined) return undefined
  const inMeta = Array.isArray(record.aliases) ? [] : (record.aliases ?? [])
  const aliases = new Map([...inMeta, ...readAliases(folder, path)])
  return {
    name: record.name,
    description: record.description,
    createdAt: record.creation_timestamp,
    updatedAt: record.last_updated_timestamp,
    tags: readPairs(folder, `${path}/tags`),
    aliases: [...aliases].sort(([a], [b]) => compare(a, b)),
    versions: await readVersions(folder, path),
  }
}

const readAliases = (folder: Folder, path: string): [string, number][] => {
  const aliases: [string, number][] = []
  for (const [alias, content] of readPairs(folder, `${path}/aliases`)) {
    const result = v.safeParse(aliasSchema, content)
    if (result.success) aliases.push([alias, result.output])
    else {
      const file = `${path}/aliases/${alias}`
      const message = `An alias file holds the number of a version, this one ${JSON.stringify(content.slice(0, 60))}; the alias is left out.`
      folder.problems.add({ file, line: 1, message })
    }
  }
  return aliases
}

const readVersions = async (folder: Folder, path: string): Promise<SourceVersion[]> => {
  const versions: SourceVersion[] = []
  for (const entry of listFolder(folder, path)) {
    if (isVersion(entry)) versions.push(...(await readVersion(folder, entry.path)))
    else if (!['meta.yaml', 'tags', 'aliases'].includes(entry.name)) reportUnknown(folder, entry)
  }
  return versions.sort((a, b) => a.version - b.version)
}

const isVersion = (entry: Entry): boolean =>
  entry.kind === 'folder' && /^version-\d+$/.test(entry.name)

const readVersion = async (folder: Folder, path: string): Promise<SourceVersion[]> => {
  const loss = 'the version of the model is left out'
  const file = `${path}/meta.yaml`
  const record = await readMeta(folder, { path: file, schema: versionSchema, loss })
  return record === undefined ? [] : [versionFrom(record, readPairs(folder, `${path}/tags`))]
}

/** The folders of registered models; logged models lie in a folder of the same name, one level down. */
export const modelPlaces = (folder: Folder): Entry[] =>
  findEntry(folder, 'models') === undefined ? [] : listFolders(folder, 'models')
