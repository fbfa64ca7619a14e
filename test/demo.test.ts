import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { open } from 'varve'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  buildWorkspace,
  type Outcome,
  root,
  runNode,
  type Workspace,
} from './docs/built-package.ts'

let workspace: Workspace
let cwd: string
let demo: Outcome

const program = (): string => join(workspace.packageFolder, 'dist', 'demo', 'main.js')
const runDemo = (...args: readonly string[]): Promise<Outcome> =>
  runNode([program(), ...args], { cwd, timeout: 120_000 })

beforeAll(async () => {
  workspace = await buildWorkspace()
  await cp(join(root, 'test', 'fixtures'), join(workspace.packageFolder, 'test', 'fixtures'), {
    recursive: true,
  })
  cwd = await mkdtemp(join(tmpdir(), 'varve-demo-'))
  demo = await runDemo()
}, 180_000)

afterAll(async () => {
  await workspace[Symbol.asyncDispose]()
  await rm(cwd, { recursive: true, force: true })
})

/** The printed text with what differs from run to run replaced. */
const steady = (printed: string): string =>
  printed
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}/g, 'TIME')
    .replaceAll(/\b[0-9a-f]{64}\b/g, 'HASH')
    .replaceAll(/\b[0-9a-f]{32}\b/g, 'ID')

/** The lines under a heading. */
const chapterOf = (printed: string, title: string): string[] => {
  const lines = steady(printed).split('\n')
  const start = lines.findIndex((line) => line.includes(title))
  const rest = lines.slice(start + 2)
  const next = rest.findIndex((line) => /^─+$/.test(line))
  return (next < 0 ? rest : rest.slice(0, next - 1)).join('\n').trim().split('\n')
}

/** The rows of a printed table, cells divided by two spaces or more. */
const rowsOf = (lines: readonly string[]): string[][] => {
  const rule = lines.findIndex((line) => line.startsWith('─'))
  return lines.slice(rule + 1).map((line) => line.trim().split(/ {2,}/))
}

describe('the demo', () => {
  test('ends well and has nothing to complain about', () => {
    expect(demo.stderr).toBe('')
    expect(demo.code).toBe(0)
  })

  test('imports the published store whole, at its own times, and only once', () => {
    const chapter = chapterOf(demo.stdout, 'Import a published MLflow store')
    expect(chapter.slice(0, 4)).toEqual([
      'source   test/fixtures/mlflow-house-price/mlruns',
      'digest   sha256:HASH',
      'times    its own, marked as claimed by the source',
      'refused  0',
    ])
    const counts = rowsOf(chapter.slice(0, chapter.lastIndexOf('')))
    for (const expected of [
      ['experiments', '3', '3'],
      ['runs', '21', '21'],
      ['metrics', '102', '102'],
      ['models', '2', '2'],
      ['versions', '58', '58'],
    ]) {
      expect(counts).toContainEqual(expected)
    }
    expect(chapter.at(-1)).toBe('imported once more: 0 new events')
  })

  test('names a winner that is the first of a table sorted by validation AUC', () => {
    const rows = rowsOf(chapterOf(demo.stdout, 'The 8 best runs'))
    expect(rows).toHaveLength(8)
    expect(rows[0]).toEqual([
      'measurements+species',
      '8',
      '0.03',
      '0',
      '0.9992',
      '0.1212',
      '0.9722',
      '0.9762',
    ])
    const aucs = rows.map((row) => Number(row[4]))
    expect(aucs).toEqual(aucs.toSorted((a, b) => b - a))
  })

  test('promotes, replaces and rolls back, and refuses who came too late', () => {
    expect(chapterOf(demo.stdout, 'Train linear models')).toEqual([
      '16 runs on 144 penguins of 2007 and 2008',
      '1 run FAILED, with a learning rate of 300: The loss is not a number after epoch 41.',
      'version 1 of penguin-sex in production: measurements+species, linear, lr 0.03, l2 0 (AUC 0.9968)',
    ])
    expect(chapterOf(demo.stdout, 'Train networks')).toEqual([
      '16 runs with 8 hidden units',
      'version 2 replaced version 1: measurements+species, 8 hidden, lr 0.03, l2 0 (AUC 0.9992)',
      'cleo, who expected no version there, was refused: REVISION_CONFLICT',
    ])
    expect(chapterOf(demo.stdout, 'A new season arrives')).toEqual([
      '117 penguins of 2009',
      'version 1: AUC 0.9623, log loss 0.2508',
      'version 2: AUC 0.9527, log loss 0.3033',
      'rolled back to version 1',
    ])
  })

  test('says what is in Production now, who put it there and why', () => {
    expect(chapterOf(demo.stdout, 'in Production now')).toEqual([
      'version  1',
      'since    TIME',
      'by       ben',
      'why      on season 2009 version 2 is worse: log loss 0.3033, was 0.2508',
      'run      ID',
      'bytes    sha256:HASH',
    ])
  })

  test('says what was there as of dates years before, and as of moments of its own', () => {
    const chapter = chapterOf(demo.stdout, 'at earlier moments')
    const middle = chapter.indexOf('')
    expect(rowsOf(chapter.slice(0, middle))).toEqual([
      ['2023-05-26', '-', '-', '0'],
      ['2023-05-27', 'version 43', '-', '15'],
      ['2023-05-29', 'version 50', '-', '15'],
      ['2023-05-30', 'version 50', 'version 8', '21'],
      ['now', 'version 50', 'version 8', '56'],
    ])
    expect(rowsOf(chapter.slice(middle + 1)).map(([, ...cells]) => cells)).toEqual([
      ['TIME', 'version 1', 'ben', '0.9968'],
      ['TIME', 'version 2', 'ana', '0.9992'],
      ['TIME', 'version 1', 'ben', '0.9992'],
    ])
  })

  test('says why version 2 had been there, and what was different about it', () => {
    const chapter = chapterOf(demo.stdout, 'Why was version 2')
    expect(chapter[0]).toBe(
      'ana put it there: beats version 1 on validation AUC, 0.9992 over 0.9968',
    )
    expect(rowsOf(chapter)).toEqual([
      ['param hidden', '0', '8'],
      ['metric loss', '0.2033', '0.1314'],
      ['metric val_accuracy', '0.9583', '0.9722'],
      ['metric val_auc', '0.9968', '0.9992'],
      ['metric val_f1', '0.9647', '0.9762'],
      ['metric val_loss', '0.1620', '0.1212'],
    ])
  })

  test('tells the audit trail in order, with the reasons', () => {
    expect(chapterOf(demo.stdout, 'The audit trail')).toEqual([
      'TIME  version 1  None → Staging  by ana',
      '    best of 16 linear models, validation AUC 0.9968',
      'TIME  version 1  Staging → Production  by ben',
      '    the first model; reviewed the report',
      'TIME  version 2  None → Production  by ana',
      '    beats version 1 on validation AUC, 0.9992 over 0.9968',
      'TIME  version 1  Production → Archived  by ana',
      '    another version took its stage',
      'TIME  version 1  Archived → Production  by ben  (rollback)',
      '    on season 2009 version 2 is worse: log loss 0.3033, was 0.2508',
      'TIME  version 2  Production → Archived  by ben',
      '    another version took its stage',
    ])
  })

  test('ends with the verdict of verify()', () => {
    const [verdict, , events, artifacts] = chapterOf(demo.stdout, 'Is the record intact')
    expect(verdict).toBe('verify()   ok')
    expect(events).toMatch(/^events {5}\d+ in \d+ commits$/)
    expect(artifacts).toMatch(/^artifacts {2}\d+$/)
  })

  test('fits a terminal of 100 columns', () => {
    const long = demo.stdout.split('\n').filter((line) => [...line].length > 100)
    expect(long).toEqual([])
  })
})

describe('the store that the demo leaves', () => {
  const store = (): string => join(cwd, 'varve-demo')

  test('answers the same when it is opened again', async () => {
    await using varve = await open(store())
    const now = await varve.registry.current('penguin-sex', 'Production')
    expect(now).toMatchObject({ version: 1, by: 'ben' })
    expect(now?.comment).toBe('on season 2009 version 2 is worse: log loss 0.3033, was 0.2508')
    expect(await varve.registry.current('penguin-sex', '@champion')).toMatchObject({ version: 1 })

    const history = await varve.registry.history('penguin-sex')
    const replaced = history.find(({ version, to }) => version === 2 && to === 'Production')
    const then = varve.asOf(replaced?.position ?? -1)
    expect(await then.registry.current('penguin-sex', 'Production')).toMatchObject({
      version: 2,
      by: 'ana',
    })
    expect(await varve.asOf('2023-05-29').registry.current('model', 'Staging')).toMatchObject({
      version: 50,
    })
    expect(await varve.verify()).toMatchObject({ ok: true, broken: [] })
  })

  test('answers to the lines that the demo prints', async () => {
    const lines = demo.stdout.slice(demo.stdout.indexOf('import { open }'))
    await writeFile(join(workspace.folder, 'ask.mjs'), lines)
    const { code, stdout, stderr } = await runNode([join(workspace.folder, 'ask.mjs')], { cwd })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/version: 1,[\s\S]*version: 50,/)
  })

  test('holds the curves and the files of each run', async () => {
    await using varve = await open(store())
    const { rows } = await varve.runs.search({ experiments: ['penguins'], lifecycle: 'all' })
    expect(rows).toHaveLength(33)
    expect(rows.filter(({ status }) => status === 'FINISHED')).toHaveLength(32)
    const [failed] = rows.filter(({ status }) => status === 'FAILED')
    expect(failed?.error).toBe('The loss is not a number after epoch 41.')
    expect(failed?.metrics['loss']?.last).toBeNaN()

    const { run = '' } = await varve.registry.resolve('models:/penguin-sex/Production')
    expect(await varve.runs.history(run, 'val_loss')).toHaveLength(60)
    const files = await varve.runs.artifacts(run)
    expect(files.map(({ path }) => path).sort()).toEqual([
      'figures/loss.svg',
      'figures/roc.svg',
      'model/model.json',
      'report.md',
    ])
    expect(await text(varve.runs.readArtifact(run, 'figures/roc.svg'))).toContain('ROC curve, AUC')
  })

  test('is not touched by a second demo that was not asked to', async () => {
    const before = await readdir(store())
    const second = await runDemo()
    expect(second.code).toBe(2)
    expect(second.stdout).toBe('')
    expect(second.stderr).toMatch(/\.\/varve-demo holds the store of an earlier demo.*--fresh/)
    expect(await readdir(store())).toEqual(before)
  })

  test('is not removed while another process holds it', async () => {
    await using _held = await open(store())
    const second = await runDemo('--fresh')
    expect(second.code).toBe(2)
    expect(second.stderr).toMatch(new RegExp(`${process.pid}`))
  })
})

/** Waits for a text among what a program prints, and goes on reading, so that it can go on printing. */
const untilPrinted = (running: ChildProcess, wanted: string): Promise<void> =>
  new Promise((resolve) => {
    let all = ''
    running.stdout?.on('data', (piece) => {
      all += piece
      if (all.includes(wanted)) resolve()
    })
  })

describe('Ctrl-C', () => {
  let child: ChildProcess | undefined

  afterAll(() => {
    child?.kill('SIGKILL')
  })

  test('closes the store and leaves it intact, for --fresh to replace', async () => {
    child = spawn(process.execPath, [program(), './stopped'], { cwd, stdio: 'pipe' })
    const exit = once(child, 'exit')
    await untilPrinted(child, '2  Train')
    // Twice: the terminal tells the process, and npm hands it on.
    child.kill('SIGINT')
    child.kill('SIGINT')
    expect(await exit).toEqual([130, null])

    const varve = await open(join(cwd, 'stopped'))
    expect(await varve.verify()).toMatchObject({ ok: true })
    await varve.close()

    const again = await runDemo('./stopped', '--fresh')
    expect(again.stderr).toBe('')
    expect(again.code).toBe(0)
  }, 120_000)
})
