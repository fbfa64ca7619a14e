import type { GenericSchema } from 'valibot'
import {
  type Entry,
  type Folder,
  findEntry,
  listFolder,
  readText,
  walkFiles,
} from './files.node.ts'
import { messageOf } from './problems.ts'
import { checkRecord } from './schemas.ts'
import type { Pairs } from './source.ts'

interface MetaFile<Output> {
  /** Relative to the root. */
  readonly path: string
  readonly schema: GenericSchema<unknown, Output>
  /** What is lost without the file: the end of the sentence in the problem. */
  readonly loss: string
}

/** Reads a `meta.yaml`; `undefined`, with a problem that names the line, when it is missing or damaged. */
export const readMeta = async <Output>(
  folder: Folder,
  meta: MetaFile<Output>,
): Promise<Output | undefined> => {
  const entry = findEntry(folder, meta.path)
  if (entry?.kind !== 'file') {
    folder.problems.add({ file: meta.path, message: `The file is missing; ${meta.loss}.` })
    return undefined
  }
  const source = readText(folder, entry)
  if (source === undefined) return undefined
  const parsed = await parseYaml(source)
  const checked = 'damage' in parsed ? parsed : checkFields(meta.schema, parsed.record, source)
  if ('value' in checked) return checked.value
  const { line, message } = checked.damage
  folder.problems.add({
    file: meta.path,
    ...(line === undefined ? {} : { line }),
    message: `${message}; ${meta.loss}.`,
  })
  return undefined
}

interface Damage {
  readonly damage: { readonly line?: number; readonly message: string }
}

/**
 * Scalars stay text, or null: PyYAML writes the experiment id 469461339613054132 and the name 12e4 as they
 * stand, and both would be damaged as numbers.
 */
const parseYaml = async (source: string): Promise<{ readonly record: unknown } | Damage> => {
  if (isHostile(source)) return { damage: { message: 'This is no YAML that MLflow writes' } }
  const { parseDocument } = await import('yaml')
  try {
    const document = parseDocument(source, {
      schema: 'failsafe',
      customTags: (tags) => [...tags, 'null'],
      logLevel: 'silent',
      // The check is quadratic; like PyYAML, the last of two wins.
      uniqueKeys: false,
    })
    const [error] = document.errors
    if (error !== undefined) {
      const line = error.linePos?.[0].line
      const [first = ''] = error.message.split('\n')
      const message = `This is no valid YAML: ${first.replace(/ at line \d+, column \d+:$/, '')}`
      return { damage: line === undefined ? { message } : { line, message } }
    }
    return { record: document.toJS({ mapAsMap: true, maxAliasCount: 100 }) }
  } catch (error) {
    // Aliases of aliases that would fill the memory end up here.
    return { damage: { message: `This is no valid YAML: ${messageOf(error)}` } }
  }
}

const maxYamlLength = 2 * 1024 * 1024
const maxDepth = 100
const manyMarkers = /(?:(?:[-?:]|[!&*]\S{0,100})[ \t]+){50}/

/**
 * Whether the parser must not see it. It takes a time that grows with the square of the depth, and 200,000
 * opening brackets end the whole process (yaml 2.9.1 on Node 20.20); MLflow nests a level or two.
 */
const isHostile = (source: string): boolean => {
  if (source.length > maxYamlLength || manyMarkers.test(source)) return true
  let depth = 0
  for (const [bracket] of source.matchAll(/[[\]{}]/g)) {
    depth = bracket === '[' || bracket === '{' ? depth + 1 : Math.max(0, depth - 1)
    if (depth > maxDepth) return true
  }
  return false
}

const checkFields = <Output>(
  schema: GenericSchema<unknown, Output>,
  record: unknown,
  source: string,
): { readonly value: Output } | Damage => {
  if (!(record instanceof Map)) return { damage: { line: 1, message: 'This is no YAML map' } }
  const result = checkRecord(schema, Object.fromEntries(record))
  if ('value' in result) return result
  const { field, message } = result.problem
  const index = source
    .split('\n')
    .findIndex((line) => field !== null && line.startsWith(`${field}:`))
  return { damage: index < 0 ? { message } : { line: index + 1, message } }
}

/** Reads a folder where each file is a key and its text the value; folders in it are keys with `/`. */
export const readPairs = (folder: Folder, path: string): Pairs => {
  const pairs: [string, string][] = []
  for (const entry of walkFiles(folder, path)) {
    if (isLitter(entry)) continue
    const value = readText(folder, entry)
    if (value !== undefined) pairs.push([entry.path.slice(path.length + 1), value])
  }
  return pairs
}

/** The folders in a folder; files among them are reported as left out. */
export const listFolders = (folder: Folder, path: string): Entry[] => {
  const entries = listFolder(folder, path)
  return entries.filter((entry) => entry.kind === 'folder' || reportUnknown(folder, entry))
}

const litter = new Set(['.DS_Store', 'Thumbs.db', 'desktop.ini', '.gitkeep', '.gitignore'])

/** Whether file managers or Git put it there: no param has such a name. */
export const isLitter = (entry: Entry): boolean => entry.kind === 'file' && litter.has(entry.name)

/** Says that varve knows no meaning of a file or folder. */
export const reportUnknown = (folder: Folder, entry: Entry): false => {
  if (isLitter(entry)) return false
  const message = `MLflow keeps no such ${entry.kind} here; it is left out.`
  folder.problems.add({ file: entry.path, message })
  return false
}

/** Whether the `meta.yaml` of a folder has a field, looked at without parsing it. */
export const describes = (folder: Folder, path: string, field: string): boolean => {
  const entry = findEntry(folder, `${path}/meta.yaml`)
  const source = entry?.kind === 'file' ? readText(folder, entry) : undefined
  return source !== undefined && new RegExp(`^${field}:`, 'm').test(source)
}
