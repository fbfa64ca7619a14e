import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest'
import { runCompiler } from '../docs/built-package.ts'
import { nodeOf } from './nodes.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'varve-anywhere-store-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** Runs a program of the installed application; one that does not end by itself is ended. */
const run = (node: string, program: string, args: readonly string[]) =>
  new Promise((resolve) => {
    const { VARVE_STORE: _, NODE_OPTIONS: __, ...env } = process.env
    const options = { cwd: inject('app'), env, timeout: 120_000, killSignal: 'SIGKILL' } as const
    const path = join('programs', program)
    execFile(node, [path, ...args], options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : (error.code ?? error.signal), stdout, stderr })
    })
  })

const programs = [
  ['required.cjs', 'by require, from CommonJS', /^required: entries 4\n$/],
  ['embedded.js', 'for many stores in one process', /^embedded: stores 6, rounds 5\n$/],
  ['copies.js', 'twice in one process', /^copies: rounds 20, races 20, events 220\n$/],
  ['threads.js', 'in worker threads', /^threads: races 20, terminated 5\n$/],
] as const

/** The oldest that is supported, and the newest. */
describe.each(['20.19.0', 'latest'])('On Node %s the installed package works', (version) => {
  it.each(programs)('as in %s: %s', async (program, _how, said) => {
    const outcome = await run(await nodeOf(version), program, [
      join(folder, 'store'),
      inject('copy'),
    ])
    expect(outcome).toEqual({ code: 0, stdout: expect.stringMatching(said), stderr: '' })
  })
})

describe('TypeScript', () => {
  it('finds the types of every entry, from CommonJS and from a module', async () => {
    const entries = ['varve', 'varve/interop', 'varve/keeping', 'varve/testing']
    const imports = entries.map((entry, at) => `import * as e${at} from '${entry}'`)
    const uses = [
      'export const store: Promise<e0.Varve> = e0.open({ memory: true })',
      '// @ts-expect-error There is no such durability.',
      "e0.open({ durability: 'maybe' })",
      `export const all = [${entries.map((_, at) => `e${at}`)}]`,
    ]
    const files = ['consumer.cts', 'consumer.mts'].map((name) => join(inject('app'), name))
    for (const file of files) await writeFile(file, [...imports, ...uses].join('\n'))
    const flags = '--ignoreConfig --noEmit --strict --module nodenext --target es2023 --types node'
    const typeRoots = ['--typeRoots', join(import.meta.dirname, '../../node_modules/@types')]
    const outcome = await runCompiler([...flags.split(' '), ...typeRoots, ...files])
    expect(outcome).toEqual({ code: 0, stdout: '', stderr: '' })
  })
})
