import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { importsOf } from './architecture/imports.ts'
import {
  areas,
  idleRows,
  impureThrough,
  type SourceFile,
  violations,
} from './architecture/rules.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const paths = readdirSync(`${root}/src`, { recursive: true, encoding: 'utf8' })
const files: readonly SourceFile[] = paths
  .filter((path) => path.endsWith('.ts'))
  .map((path) => `src/${path.replaceAll('\\', '/')}`)
  .map((path) => ({ path, source: readFileSync(`${root}/${path}`, 'utf8') }))
const folders = [...new Set(files.map(({ path }) => path.split('/')))]
  .filter((parts) => parts.length > 2)
  .map((parts) => parts[1] ?? '')

const specifiers = (source: string): readonly string[] =>
  importsOf(source).map(({ specifier }) => specifier)
const judged = (path: string, source: string): string => violations([{ path, source }]).join('\n')

describe('the sources', () => {
  it('are seen', () => {
    expect(files.length).toBeGreaterThan(5)
    expect(files.flatMap(({ source }) => importsOf(source)).length).toBeGreaterThan(5)
  })
  it('import only what the two tables allow', () => {
    expect(violations(files)).toEqual([])
  })
  it('keep events, decisions and folds free of packages and Node, also through what they import', () => {
    expect(impureThrough(files)).toEqual([])
  })
  it('may import only packages that users get', () => {
    const { dependencies }: { dependencies: Record<string, string> } = JSON.parse(
      readFileSync(`${root}/package.json`, 'utf8'),
    )
    const allowed = Object.values(areas).flatMap(({ packages }) => packages)
    expect([...new Set(allowed)].sort()).toEqual(Object.keys(dependencies).sort())
  })
  it('give every row of the tables something to check', () => {
    expect(idleRows(files, [...new Set(folders)])).toEqual([])
  })
})

describe('the import scanner', () => {
  it.each([
    ["import a from 'x'", ['x']],
    ["import a, { b as c } from 'x'", ['x']],
    ["import * as a from 'x'", ['x']],
    ["import type { A } from 'x'", ['x']],
    ["import {\n  a,\n  type B,\n} from 'x'", ['x']],
    ["import 'x'", ['x']],
    ["const a = await import('x')", ['x']],
    ['const a = await import(`x`)', ['x']],
    ["type A = import('x').A", ['x']],
    ["export { a } from 'x'", ['x']],
    ["export * from 'x'", ['x']],
    ["export * as a from 'x'", ['x']],
    ["export type { A } from 'x'", ['x']],
    ["import from from 'x'", ['x']],
    ["import a from 'x' with { type: 'json' }", ['x']],
    ["import a from 'x';import b from 'y'", ['x', 'y']],
  ])('finds %j', (source, expected) => {
    expect(specifiers(source)).toEqual(expected)
  })

  it.each([
    "// import a from 'x'",
    "/* import a from 'x' */",
    'const a = "import b from \'x\'"',
    "const a = `import b from 'x'`",
    "const a = `\x24{b} import c from 'x' \x24{d}`",
    "const a = /import b from 'x'/",
    "const a = /[/'\"]/.test(b) // import c from 'x'",
    "const a = import.meta.url; const from = 'x'",
    "const a = b.import('x')",
    'export const a = 1, from = 2',
    "export const a = () => { log('x') }",
    "const a = { import: 1, from: 'x' }",
  ])('finds nothing in %j', (source) => {
    expect(specifiers(source)).toEqual([])
  })

  it('finds an import inside a hole of a template, with its line', () => {
    const source = "const a = `{ \x24{{ b: `}\x24{await\nimport('x')}` }} }`\nimport c from 'y'"
    expect(importsOf(source)).toEqual([
      { specifier: 'x', line: 2, typeOnly: false },
      { specifier: 'y', line: 3, typeOnly: false },
    ])
  })

  it('tells division from patterns', () => {
    const source =
      "const a = b / c; const d = (e) / 'f'.length; const g = h[0] / 2\nimport i from 'x'"
    expect(importsOf(source)).toEqual([{ specifier: 'x', line: 2, typeOnly: false }])
  })

  it.each([
    ["import type { A } from 'x'", true],
    ["import { type A, type B } from 'x'", true],
    ["export type { A } from 'x'", true],
    ["import { type A, b } from 'x'", false],
    ["import type from 'x'", false],
    ["import type, { A } from 'x'", false],
    ["import {} from 'x'", false],
  ])('knows whether %j names only types', (source, typeOnly) => {
    expect(importsOf(source)).toEqual([{ specifier: 'x', line: 1, typeOnly }])
  })
})

describe('the tables', () => {
  it.each([
    [
      'src/kernel/log/level-log.ts',
      "import { x } from '../../tracking/index.ts'",
      'kernel (event sourcing without a domain) may not know tracking',
    ],
    ['src/kernel/engine.ts', "import { open } from '../open.ts'", 'may not know root'],
    [
      'src/registry/decide.ts',
      "import { readFileSync } from 'node:fs'",
      'A decide file may not use Node. Give time',
    ],
    [
      'src/registry/decide-version.ts',
      "import { map } from 'rxjs'",
      'A decide file may import no package but valibot',
    ],
    [
      'src/tracking/events.ts',
      "import { host } from '#platform'",
      'events files are the same everywhere',
    ],
    [
      'src/tracking/run-table/run-table.fold.ts',
      "import { produce } from 'immer'",
      'A fold file may import no package but valibot',
    ],
    [
      'src/tracking/tracking.ts',
      "import { x } from '../registry/decide.ts'",
      'registry is met through src/registry/index.ts or src/registry/events.ts',
    ],
    [
      'src/tracking/tracking.ts',
      "import { x } from '../interop/index.ts'",
      'Code that needs both belongs in: interop, ',
    ],
    [
      'src/tracking/tracking.ts',
      "import { join } from 'node:path'",
      'Move it into a *.node.ts file behind #platform',
    ],
    [
      'src/tracking/tracking.ts',
      "import { x } from '../platform/platform.node.ts'",
      "through '#platform' only",
    ],
    ['src/tracking/tracking.ts', "import { Level } from 'level'", 'It belongs in: kernel.'],
    [
      'src/tracking/tracking.ts',
      "const x = await import('left-pad')",
      'No area uses this package.',
    ],
    ['src/varve.ts', "import { serve } from './server/index.ts'", 'may not know server'],
    ['src/varve.ts', "export { x } from './registry/timelines.fold.ts'", 'Export it there'],
    ['src/varve.ts', "import { readFile } from 'node:fs/promises'", 'root may not use Node'],
    [
      'src/platform/sha256.browser.ts',
      "import { hash } from 'node:crypto'",
      'A browser file may not use Node',
    ],
    [
      'src/platform/platform.node.ts',
      "import { x } from '../artifacts/artifact-path.ts'",
      'gathers the *.node.ts and *.browser.ts files of artifacts',
    ],
    [
      'src/demo/main.ts',
      "import { x } from '../interop/mlflow/reader.ts'",
      'interop is met through',
    ],
    ['src/helpers/text.ts', '', 'src/helpers/, which has no row'],
  ])('refuse in %s: %s', (path, source, message) => {
    expect(judged(path, source)).toContain(message)
    expect(judged(path, source)).toMatch(source === '' ? path : `${path}:1 imports`)
  })

  it.each([
    ['src/tracking/tracking.ts', "import { feedOf } from '../kernel/streams/feed.ts'"],
    ['src/tracking/tracking.ts', "import { hostFacts } from '#platform'"],
    ['src/registry/registry.ts', "import type { RunRecord } from '../tracking/index.ts'"],
    ['src/registry/events.ts', "import * as v from 'valibot'"],
    ['src/artifacts/blob-store.node.ts', "import { open } from 'node:fs/promises'"],
    ['src/interop/mlflow/file-store.ts', "import { open } from 'node:fs/promises'"],
    ['src/platform/platform.node.ts', "export { x } from '../artifacts/blob-store.node.ts'"],
    ['src/demo/main.ts', "import { open } from '../index.ts'"],
    ['src/open.ts', "import { createRegistry } from './registry/index.ts'"],
    ['src/tracking/tracking.test.ts', "import fc from 'fast-check'"],
  ])('allow in %s: %s', (path, source) => {
    expect(judged(path, source)).toBe('')
  })

  it('fail when they saw no file', () => {
    expect(violations([])).toEqual([
      'No source file was seen: the check looked in the wrong place.',
    ])
  })

  it('name a row that has nothing to check', () => {
    const seen = [{ path: 'src/kernel/engine.ts', source: '' }]
    const idle = idleRows(seen, ['kernel', 'tracking']).join('\n')
    expect(idle).toContain('The row tracking of the areas matches no file.')
    expect(idle).toContain('The row fold of the kinds matches no file.')
    expect(idle).not.toContain('kernel')
  })

  it('see what a pure file drags in through others, types aside', () => {
    const seen = [
      { path: 'src/tracking/run.fold.ts', source: "import { a } from '../kernel/a.ts'" },
      { path: 'src/kernel/a.ts', source: "import type { B } from 'rxjs'\nimport 'msgpackr'" },
    ]
    expect(impureThrough(seen)).toEqual([
      expect.stringContaining('src/tracking/run.fold.ts → ../kernel/a.ts → msgpackr'),
    ])
  })
})
