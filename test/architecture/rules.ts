import { posix } from 'node:path'
import { type Import, importsOf } from './imports.ts'

/** A source file, by its path from the repository root. */
export interface SourceFile {
  readonly path: string
  readonly source: string
}

/** Any file of an area, its front (`index.ts`, `events.ts`, `errors.ts`), or its `*.node.ts` and `*.browser.ts`. */
type Through = 'any' | 'front' | 'node'

interface AreaRule {
  /** Areas whose files it may import, and through which files of theirs. */
  readonly mayImport: Readonly<Record<string, Through>>
  /** Packages that it may import, beside what its kinds of files allow. */
  readonly packages: readonly string[]
  /** An edge: meets the outside world, so any of its files may use Node. */
  readonly edge?: true
  /** What it is for, as the last sentence of a message. */
  readonly holds: string
}

const features = [
  'artifacts',
  'tracking',
  'registry',
  'logged-models',
  'datasets',
  'models',
  'projects',
  'audit',
] as const
const edges = ['interop', 'server', 'cli', 'ui', 'demo', 'testing'] as const

const rows = (names: readonly string[], through: Through): Readonly<Record<string, Through>> =>
  Object.fromEntries(names.map((name) => [name, through]))

const feature = (holds: string, packages: readonly string[] = ['rxjs', 'valibot']): AreaRule => ({
  mayImport: { kernel: 'any', '#platform': 'front', ...rows(features, 'front') },
  packages,
  holds,
})

const edge = (holds: string, packages: readonly string[]): AreaRule => ({
  mayImport: {
    kernel: 'any',
    root: 'any',
    keeping: 'front',
    '#platform': 'front',
    ...rows([...features, ...edges], 'front'),
  },
  packages,
  edge: true,
  holds,
})

/** Table 1: who may import whom. The area of `src/kernel/log/x.ts` is `kernel`, of `src/open.ts` `root`. */
export const areas: Readonly<Record<string, AreaRule>> = {
  kernel: {
    mayImport: { '#platform': 'front' },
    packages: ['immer', 'level', 'msgpackr', 'rxjs', 'valibot'],
    holds: 'event sourcing without a domain',
  },
  platform: {
    mayImport: { kernel: 'any', artifacts: 'node' },
    packages: ['@noble/hashes'],
    holds: 'what differs between Node and browsers, behind #platform',
  },
  artifacts: feature('content-addressed files', ['@noble/hashes', 'valibot']),
  tracking: feature('experiments and runs'),
  registry: feature('models, versions and stages'),
  'logged-models': feature('models as runs make them'),
  datasets: feature('versions of data'),
  models: feature('model formats and flavors', ['rxjs', 'valibot', 'yaml']),
  projects: feature('projects and how they are run', ['rxjs', 'valibot', 'yaml']),
  audit: feature('what changed between two moments, and why'),
  keeping: {
    mayImport: { kernel: 'any', artifacts: 'front', tracking: 'front', '#platform': 'front' },
    packages: ['valibot'],
    holds: 'export, import, backup and restore of whole stores',
  },
  erasing: {
    mayImport: {
      kernel: 'any',
      artifacts: 'front',
      tracking: 'front',
      registry: 'front',
      '#platform': 'front',
    },
    packages: ['valibot'],
    holds: 'making data unreadable',
  },
  interop: edge('import and export', ['node-sqlite3-wasm', 'rxjs', 'valibot', 'yaml']),
  server: edge('HTTP', ['@hono/node-server', 'hono', 'rxjs', 'valibot']),
  cli: edge('the command line', ['commander', 'rxjs', 'valibot']),
  ui: edge('the web page', ['rxjs', 'valibot']),
  demo: edge('the demonstration', ['rxjs', 'valibot']),
  testing: edge('contract suites for users', ['rxjs', 'valibot']),
  root: {
    mayImport: {
      kernel: 'any',
      keeping: 'any',
      erasing: 'front',
      '#platform': 'front',
      ...rows(features, 'front'),
    },
    packages: ['rxjs', 'valibot'],
    holds: 'the composition: wiring, the public API and its types',
  },
}

interface KindRule {
  readonly name: string
  readonly matches: RegExp
  readonly packages?: readonly string[]
  readonly node: boolean
  readonly instead: string
}

const pure = (name: string, matches: RegExp, instead: string): KindRule => ({
  name,
  matches,
  packages: ['valibot'],
  node: false,
  instead,
})

/** Table 2: what each kind of file may import, whatever its area. The first row that matches counts. */
const kinds: readonly KindRule[] = [
  pure(
    'events',
    /(?:^|\/)(?:log-)?events\.ts$/,
    'Declare shapes here, and act on them in the feature file.',
  ),
  pure(
    'decide',
    /(?:^|\/)decide(?:-[\w-]+)?\.ts$/,
    'Give time, ids and facts to decide as values, from the feature file.',
  ),
  pure(
    'fold',
    /\.fold\.ts$/,
    'A fold sees the event only; what else it needs belongs in the event, or in the feature file.',
  ),
  {
    name: 'node',
    matches: /\.node\.ts$/,
    node: true,
    instead: '',
  },
  {
    name: 'browser',
    matches: /\.browser\.ts$/,
    node: false,
    instead: 'Its *.node.ts twin does what needs Node.',
  },
  {
    name: 'plain',
    matches: /\.ts$/,
    node: false,
    instead: 'Move it into a *.node.ts file behind #platform.',
  },
]

/** Unit tests and what only they use may import anything: they are not shipped. */
const isTest = (path: string): boolean => /\.test\.ts$/.test(path)

const isThrough: Readonly<Record<Through, (path: string) => boolean>> = {
  any: () => true,
  front: (path) => /^src\/[\w-]+\/(?:index|events|errors)\.ts$/.test(path),
  node: (path) => /\.(?:node|browser)\.ts$/.test(path),
}

const areaOf = (path: string): string => {
  const parts = path.split('/')
  return parts.length > 2 ? (parts[1] ?? 'root') : 'root'
}

const kindOf = (path: string): KindRule | undefined => kinds.find((kind) => kind.matches.test(path))

const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')

interface Edge {
  readonly file: SourceFile
  readonly area: string
  readonly rule: AreaRule
  readonly to: Import
}

const at = ({ file, to }: Edge): string => `${file.path}:${to.line} imports '${to.specifier}'.`

/** The sentence for an import between areas, or nothing if it is allowed. */
const betweenAreas = (edgeOf: Edge): string | undefined => {
  const { file, area, rule, to } = edgeOf
  const platform = to.specifier === '#platform'
  const target = platform
    ? 'src/platform/platform.node.ts'
    : posix.join(posix.dirname(file.path), to.specifier)
  const name = platform ? '#platform' : areaOf(target)
  if (name === area) return undefined
  if (name === 'platform')
    return `${at(edgeOf)} What differs between Node and browsers is reached through '#platform' only.`
  const through = rule.mayImport[name]
  if (through === undefined) {
    const who = Object.keys(areas).filter((other) => areas[other]?.mayImport[name] !== undefined)
    const where = [...new Set([name, ...who])].join(', ')
    return `${at(edgeOf)} ${area} (${rule.holds}) may not know ${name}. Code that needs both belongs in: ${where}.`
  }
  if (platform || isThrough[through](target)) return undefined
  return through === 'node'
    ? `${at(edgeOf)} ${area} gathers the *.node.ts and *.browser.ts files of ${name} and nothing else of it.`
    : `${at(edgeOf)} ${name} is met through src/${name}/index.ts or src/${name}/events.ts. Export it there, or move the line into src/${name}/.`
}

const ofNode = (edgeOf: Edge): string | undefined => {
  const kind = kindOf(edgeOf.file.path)
  if (kind === undefined || kind.node) return undefined
  if (kind.name === 'plain' && edgeOf.rule.edge) return undefined
  return `${at(edgeOf)} ${kind.name === 'plain' ? edgeOf.area : `A ${kind.name} file`} may not use Node. ${kind.instead}`
}

const ofPackage = (edgeOf: Edge): string | undefined => {
  const { file, area, rule, to } = edgeOf
  const kind = kindOf(file.path)
  const name = packageOf(to.specifier)
  if (kind?.packages !== undefined && !kind.packages.includes(name))
    return `${at(edgeOf)} A ${kind.name} file may import no package but ${kind.packages.join(', ')}. ${kind.instead}`
  if (rule.packages.includes(name)) return undefined
  const who = Object.keys(areas).filter((other) => areas[other]?.packages.includes(name))
  const where = who.length > 0 ? `It belongs in: ${who.join(', ')}.` : 'No area uses this package.'
  return `${at(edgeOf)} ${area} may import ${rule.packages.join(', ') || 'no package'}. ${where}`
}

const judge = (edgeOf: Edge): string | undefined => {
  const { specifier } = edgeOf.to
  if (specifier.startsWith('node:')) return ofNode(edgeOf)
  if (specifier === '#platform' && kindOf(edgeOf.file.path)?.packages !== undefined)
    return `${at(edgeOf)} ${kindOf(edgeOf.file.path)?.name} files are the same everywhere. ${kindOf(edgeOf.file.path)?.instead}`
  if (specifier.startsWith('.') || specifier === '#platform') return betweenAreas(edgeOf)
  return ofPackage(edgeOf)
}

/** Every line that breaks a table, as a sentence that says where the line belongs. */
export const violations = (files: readonly SourceFile[]): readonly string[] => {
  if (files.length === 0) return ['No source file was seen: the check looked in the wrong place.']
  return files.flatMap((file) => {
    if (isTest(file.path)) return []
    const area = areaOf(file.path)
    const rule = areas[area]
    if (rule === undefined)
      return [
        `${file.path} is in src/${area}/, which has no row in test/architecture/rules.ts. Add one.`,
      ]
    return importsOf(file.source).flatMap((to) => judge({ file, area, rule, to }) ?? [])
  })
}

/** Folders of `src` whose row matches no file, and kinds that name none: rules that hold by accident. */
export const idleRows = (
  files: readonly SourceFile[],
  folders: readonly string[],
): readonly string[] => [
  ...[...folders, 'root']
    .filter((name) => !files.some((file) => areaOf(file.path) === name && !isTest(file.path)))
    .map((name) => `The row ${name} of the areas matches no file.`),
  ...kinds
    .filter((kind) => !files.some((file) => kindOf(file.path) === kind))
    .map((kind) => `The row ${kind.name} of the kinds matches no file.`),
]

/**
 * What a pure file drags in at run time although it does not name it: the packages and Node modules of
 * everything that it imports, and they import.
 */
export const impureThrough = (files: readonly SourceFile[]): readonly string[] => {
  const byPath = new Map(files.map((file) => [file.path, file]))
  const reach = (path: string, seen: Set<string>, trail: string): readonly string[] => {
    const file = byPath.get(path)
    if (file === undefined || seen.has(path)) return []
    seen.add(path)
    return importsOf(file.source).flatMap(({ specifier, typeOnly }) => {
      if (typeOnly || specifier === 'valibot') return []
      if (specifier.startsWith('.'))
        return reach(posix.join(posix.dirname(path), specifier), seen, `${trail} → ${specifier}`)
      return [
        `${trail} → ${specifier}: a browser and a server must run the same file. Split what is pure from the rest.`,
      ]
    })
  }
  return files
    .filter((file) => kindOf(file.path)?.packages !== undefined && !isTest(file.path))
    .flatMap((file) => reach(file.path, new Set(), file.path))
}
