import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { root } from '../docs/built-package.ts'
import { nodeOf } from './nodes.ts'

/** What meets Node itself: files, sockets, processes, hashes, LevelDB. `ANYWHERE=all` runs the rest, too. */
const everything = process.env['ANYWHERE'] === 'all'
const subset = everything
  ? []
  : [
      'src/kernel/',
      'src/platform/',
      'src/artifacts/',
      'src/open.test.ts',
      'src/runs.test.ts',
      'src/streams.test.ts',
    ]

const result = v.object({
  numPassedTests: v.number(),
  testResults: v.array(
    v.object({
      name: v.string(),
      status: v.string(),
      message: v.optional(v.string(), ''),
      assertionResults: v.array(
        v.object({
          status: v.string(),
          fullName: v.string(),
          failureMessages: v.nullish(v.array(v.string()), []),
        }),
      ),
    }),
  ),
})

/** Runs the unit tests, and gives how many passed and what failed. */
const unitTests = async (node: string): Promise<{ passed: number; failed: readonly string[] }> => {
  const folder = await mkdtemp(join(tmpdir(), 'varve-units-'))
  const report = join(folder, 'report.json')
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const args = [vitest, 'run', '--project', 'unit', '--reporter=json', `--outputFile=${report}`]
  const { NODE_OPTIONS: _, VITEST: __, ...env } = process.env
  const said = await new Promise<string>((resolve) => {
    execFile(
      node,
      [...args, ...subset],
      { cwd: root, env, maxBuffer: 64 << 20 },
      (_error, ...text) => resolve(text.join('\n')),
    )
  })
  try {
    const text = await readFile(report, 'utf8').catch(() => {
      throw new Error(`The unit tests gave no report.\n${said}`)
    })
    const { numPassedTests, testResults } = v.parse(result, JSON.parse(text))
    const failed = testResults
      .filter(({ status }) => status !== 'passed')
      .flatMap(({ name, message, assertionResults }) => [
        `${name} ${message}`,
        ...assertionResults
          .filter(({ status }) => status === 'failed')
          .map(({ fullName, failureMessages }) => `${fullName}: ${failureMessages?.join('\n')}`),
      ])
    return { passed: numPassedTests, failed }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

describe.each(['24', 'latest'])('On Node %s', (version) => {
  it('the unit tests pass', async () => {
    const { passed, failed } = await unitTests(await nodeOf(version))
    process.stdout.write(
      `unit tests on Node ${version}: passed ${passed}, failed ${failed.length}\n`,
    )
    expect(failed).toEqual([])
    expect(passed).toBeGreaterThan(everything ? 1000 : 200)
  })
})
