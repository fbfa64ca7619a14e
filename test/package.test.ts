import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { importsOf } from './architecture/imports.ts'
import { buildWorkspace, root, runNode, type Workspace } from './docs/built-package.ts'

const manifest = v.parse(
  v.object({
    exports: v.record(
      v.string(),
      v.union([v.string(), v.object({ types: v.string(), default: v.string() })]),
    ),
    imports: v.record(v.string(), v.record(v.string(), v.string())),
    dependencies: v.record(v.string(), v.string()),
  }),
  JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')),
)
const entries = Object.keys(manifest.exports)
  .filter((entry) => !entry.endsWith('.json'))
  .map((entry) => entry.replace('.', 'varve'))

const packed = v.array(v.object({ files: v.array(v.object({ path: v.string() })) }))

/** Imports an entry as a user does, and prints the URL of each module that this loads. */
const traced = (entry: string): string => `
import { register } from 'node:module'
const hook = \`
import { writeSync } from 'node:fs'
export const resolve = async (specifier, context, next) => {
  const found = await next(specifier, context)
  writeSync(1, found.url + ' ')
  return found
}\`
register('data:text/javascript,' + encodeURIComponent(hook))
await import(${JSON.stringify(entry)})
`

describe('the package', () => {
  let workspace: Workspace
  let files: readonly string[]

  beforeAll(async () => {
    workspace = await buildWorkspace()
    const answer = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
      cwd: workspace.packageFolder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      shell: process.platform === 'win32',
    })
    files = v
      .parse(packed, JSON.parse(answer))
      .flatMap((tarball) => tarball.files.map(({ path }) => path))
  }, 120_000)
  afterAll(() => workspace[Symbol.asyncDispose]())

  it('holds the build, its manifest and its papers, and nothing else', () => {
    const others = files.filter((path) => !path.startsWith('dist/'))
    expect(others.sort()).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json'])
    expect(files.filter((path) => path.startsWith('dist/')).length).toBeGreaterThan(20)
  })
  it('holds no test, no fixture and no demonstration data', () => {
    expect(files.filter((path) => /\.test\.|fixtures|\.csv$|\.db$|\/mlruns\//.test(path))).toEqual(
      [],
    )
  })

  it('has the module and the types of each of its exports, and of what differs in a browser', () => {
    const inside = Object.values(manifest.imports).flatMap((entry) => Object.values(entry))
    const outside = Object.values(manifest.exports).flatMap((entry) =>
      typeof entry === 'string' ? [entry] : Object.values(entry),
    )
    for (const target of [...inside, ...outside]) expect(files).toContain(target.replace('./', ''))
  })

  it('imports only what it depends on', () => {
    const sources = files.filter((path) => /^dist\/.*\.js$/.test(path))
    const names = sources
      .flatMap((path) => importsOf(readFileSync(join(workspace.packageFolder, path), 'utf8')))
      .map(({ specifier }) => specifier)
      .filter((specifier) => !/^(?:\.|node:|#platform$)/.test(specifier))
    const known = [...Object.keys(manifest.dependencies), 'varve']
    const strangers = names.filter(
      (name) => !known.some((other) => name === other || name.startsWith(`${other}/`)),
    )
    expect(names.length).toBeGreaterThan(0)
    expect(strangers).toEqual([])
  })

  it.each(entries)('can be imported as %s', async (entry) => {
    const program = ['--input-type=module', '--eval', `await import(${JSON.stringify(entry)})`]
    const outcome = await runNode(program, { cwd: workspace.folder })
    expect(outcome).toEqual({ code: 0, stdout: '', stderr: '' })
  })

  it('loads the readers of other formats only when they are needed', async () => {
    const program = ['--input-type=module', '--eval', traced('varve')]
    const { code, stdout, stderr } = await runNode(program, { cwd: workspace.folder })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const loaded = stdout.split(' ')
    expect(loaded.some((url) => url.endsWith('/dist/index.js'))).toBe(true)
    expect(
      loaded.filter((url) => /\/node_modules\/(?:yaml|node-sqlite3-wasm)\//.test(url)),
    ).toEqual([])
  })
})
