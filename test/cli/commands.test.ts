import { execFileSync } from 'node:child_process'
import { readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { open } from 'varve'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Bin, buildBin } from './bin.ts'

let bin: Bin
let folder: string
/** Ids of two runs, the better one first. */
let ids: readonly [string, string]
/** A position between the two promotions. */
let between: number

/** Text that a terminal, a table and a shell would like to act upon. */
const hostile = '\u001b[31m|`$(rm -rf)`\n😀,"é'

const fill = async (store: string): Promise<void> => {
  await using varve = await open(store, { facts: false, actor: 'ada' })
  const log = async (name: string, auc: number) =>
    await varve.runs.start(
      { experiment: 'churn', name, params: { depth: name.length, __proto__x: hostile } },
      async (run) => {
        await run.logMetrics({ auc })
        await varve.registry.createVersion('churn', { run: run.id })
        return run.id
      },
    )
  const worse = await log('owl', 0.5)
  const better = await log('heron', 0.9)
  ids = [better, worse]
  await varve.registry.transition('churn', 1, 'Production', { comment: 'the first' })
  between = (await varve.moment()).position
  await varve.registry.transition('churn', 2, 'Production', { comment: 'better' })
}

beforeAll(async () => {
  bin = await buildBin()
  folder = await bin.folder()
  await fill(join(folder, '.varve'))
}, 240_000)
afterAll(() => bin[Symbol.asyncDispose]())

/** Runs a command that works, and gives what it printed. */
const printed = async (...words: readonly string[]): Promise<string> => {
  const { code, stdout, stderr } = await bin.varve(folder, ...words)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return stdout
}
const json = async (...words: readonly string[]): Promise<unknown> =>
  JSON.parse(await printed(...words, '--json'))

describe('varve', { timeout: 240_000 }, () => {
  it('prints its version from its manifest, and its help', async () => {
    const { version } = JSON.parse(await readFile('package.json', 'utf8'))
    expect(await printed('--version')).toBe(`${version}\n`)
    expect(await json('version')).toMatchObject({ schema: 1, version, node: process.version })
    for (const words of [['--help'], ['runs', 'best', '--help'], ['help', 'runs', 'best']])
      expect(await printed(...words)).toContain('Usage: varve')
    expect(await printed('help', 'exit-codes')).toMatch(/^ {2}0 {2}It worked/)
  })

  it.each([
    [['rans'], 2, "Unknown command 'rans'. (Did you mean runs?)"],
    [['runs', 'ls', '--fromat', 'md'], 2, "Unknown option '--fromat'"],
    [['runs', 'ls', '--format', 'xml'], 2, 'Allowed choices are table'],
    [['runs', 'ls', '--json', '--format', 'md'], 2, 'Choose one'],
    [['runs', 'ls', '--limit', 'many'], 2, '--limit is "many"'],
    [['runs', 'ls', '--cols', 'depth'], 2, '"depth" is no column'],
    [['runs', 'ls', '-f', 'metrics.auc >'], 2, 'varve: '],
    [['runs', 'ls', '--as-of', 'tomorrowish'], 2, 'tomorrowish'],
    [['runs', 'ls', '--store', 'elsewhere'], 3, 'next: varve init'],
    [['runs', 'show', 'nobody'], 3, 'next: varve runs ls'],
    [['runs', 'best', '--metric', 'loss'], 3, 'None of these runs has the metric "loss"'],
    [['runs', 'best'], 2, '--metric'],
    [['models', 'show', 'nobody'], 3, 'next: varve models ls'],
    [['models', 'show', 'churn', '9'], 3, 'varve: '],
    [['models', 'show', 'churn', 'nine'], 2, '"nine" is no version'],
    [['models', 'current', 'churn', '--alias', 'best'], 3, 'No version of churn holds @best'],
    [['models', 'promote', 'churn', '1', 'Production', '--expect', '1'], 5, 'varve: '],
    [['models', 'promote', 'churn', '1', 'Nowhere'], 2, 'varve: '],
    [['log', 'import', 'nothing.varve', '--store', 'copy'], 3, 'no file nothing.varve'],
    [['import', 'mlflow', 'nothing'], 3, 'nothing'],
    [['tokens', 'create', '--actor', 'ada', '--scope', 'all'], 2, '"all" is no scope'],
    [['tokens', 'create', '--actor', 'ada', '--expires-in', 'soon'], 2, '--expires-in'],
    [['diff'], 2, '--from'],
    [['completion', 'tcsh'], 2, 'tcsh'],
    [['runs'], 2, 'Usage: varve runs'],
  ])('%j ends with %i, and says why on stderr alone', async (words, exit, why) => {
    const { code, stdout, stderr } = await bin.varve(folder, ...words)
    expect({ code, stdout }).toEqual({ code: exit, stdout: '' })
    expect(stderr).toContain(why)
    expect(stderr).not.toMatch(/\n\s+at /)
  })

  it('points at the place in a filter that cannot be read', async () => {
    const { stderr } = await bin.varve(folder, 'runs', 'ls', '--filter', 'metrics.auc >')
    expect(stderr).toContain('\n  metrics.auc >\n               ^\n')
  })

  it('shows where an error came from with --debug', async () => {
    const { stderr } = await bin.varve(folder, 'runs', 'show', 'nobody', '--debug')
    expect(stderr).toMatch(/\n\s+at /)
  })

  it('makes a store once', async () => {
    const empty = await bin.folder()
    const made = async () =>
      JSON.parse((await bin.varve(empty, 'init', '--durability', 'os', '--json')).stdout)
    expect(await made()).toMatchObject({ store: { made: true, durability: 'os' } })
    expect(await made()).toMatchObject({ store: { made: false, durability: 'os' } })
  })

  it('lists runs in every form', async () => {
    const [better, worse] = ids
    expect(await printed('runs', 'ls', '-q', '--sort', 'metrics.auc desc')).toBe(
      `${better}\n${worse}\n`,
    )
    const cols = ['runs', 'ls', '--sort', 'metrics.auc asc', '--cols', 'metrics.auc,params.depth']
    expect(await printed(...cols, '--format', 'csv')).toBe(
      `id,name,metrics.auc,params.depth\n${worse},owl,0.5,3\n${better},heron,0.9,5\n`,
    )
    expect(await printed(...cols, '--format', 'tsv')).toContain(`${worse}\towl\t0.5\t3\n`)
    expect(await printed(...cols, '--format', 'md')).toContain(`| ${worse} | owl | 0.5 | 3 |\n`)
    expect(await printed(...cols)).toContain(`${worse}  owl            0.5  3\n`)
    const lines = (await printed('runs', 'ls', '--jsonl')).trim().split('\n')
    expect(lines.map((line) => JSON.parse(line).name).sort()).toEqual(['heron', 'owl'])
    expect(await json('runs', 'ls', '-f', 'metrics.auc > 0.6')).toMatchObject({
      schema: 1,
      runs: [{ id: better, metrics: { auc: { last: 0.9 } } }],
    })
    expect(await json('runs', 'ls', '-e', 'churn', '--as-of', '0')).toEqual({ schema: 1, runs: [] })
  })

  it('shows hostile text without obeying it, and hands it on unchanged', async () => {
    const cols = ['runs', 'ls', '-n', '1', '--cols', 'params.__proto__x', '--sort', 'metrics.auc']
    const ran = await bin.varve(folder, ...cols)
    expect(ran.stdout).not.toContain('\u001b')
    expect(ran.stdout).toContain('\\u001b[31m|`$(rm -rf)`\\n😀')
    expect((await bin.varve(folder, ...cols, '--format', 'md')).stdout).toContain('\\|\\`$(rm')
    const csv = (await bin.varve(folder, ...cols, '--format', 'csv')).stdout
    expect(csv).toContain(`"${hostile.replaceAll('"', '""')}"\n`)
    const shown = await json('runs', 'show', ids[0])
    expect(shown).toMatchObject({ run: { params: { __proto__x: hostile } } })
  })

  it('finds the best run, and puts runs side by side', async () => {
    expect(await printed('runs', 'best', '--metric', 'auc@max', '-q')).toBe(`${ids[0]}\n`)
    expect(await printed('runs', 'best', '--metric', 'auc@min', '-q')).toBe(`${ids[1]}\n`)
    const compare = ['runs', 'compare', ...ids, '--diff-only']
    const table = await printed(...compare, '--format', 'md')
    expect(table).toContain('| what | key | heron | owl |')
    expect(table).toContain('| param | depth | 5 | 3 |\n| metric | auc | 0.9 | 0.5 |\n')
    expect(table).not.toContain('proto')
    expect(await json(...compare)).toMatchObject({ comparison: { params: [{ key: 'depth' }] } })
  })

  it('tells what is in production, what was, and why', async () => {
    expect(await printed('models', 'current', 'churn', '-q')).toBe('2\n')
    expect(await printed('models', 'current', 'churn', '-q', '--as-of', `${between}`)).toBe('1\n')
    expect(await json('models', 'ls')).toMatchObject({ models: [{ name: 'churn' }] })
    expect(await json('models', 'show', 'churn')).toMatchObject({
      model: { current: { Production: 2 } },
      versions: [{ version: 1 }, { version: 2 }],
    })
    expect(await json('models', 'show', 'churn', '1')).toMatchObject({
      version: { stage: 'Archived' },
    })
    expect(await json('models', 'as-of', `${between}`, 'churn')).toMatchObject({
      current: [
        { stage: 'None', version: 2 },
        { stage: 'Production', version: 1 },
      ],
    })
    expect(await printed('models', 'history', 'churn', '--format', 'csv')).toContain(
      ',1,None,Production,ada,,the first\n',
    )
    const why = await printed('why', 'models:/churn/Production')
    expect(why).toContain('better\n')
    expect(why).toContain('metrics.auc   0.5 -> 0.9\n')
  })

  it('tells what changed between two moments, for scripts by its exit code', async () => {
    const since = ['diff', '--from', `${between}`]
    expect(await printed(...since, '--format', 'csv')).toContain('Archived')
    expect(await json(...since)).toMatchObject({ diff: { from: { position: between } } })
    expect((await bin.varve(folder, ...since, '--exit-code')).code).toBe(1)
    expect((await bin.varve(folder, ...since, '--to', `${between}`, '--exit-code')).code).toBe(0)
  })

  it('moves versions and takes moves back, as who says why', async () => {
    const copy = join(await bin.folder(), 'store')
    await printed('backup', copy)
    const store = ['--store', copy]
    const promote = ['models', 'promote', 'churn', '1', 'Production', '--actor', 'bob', ...store]
    expect(await json(...promote, '-m', 'drift', '--expect', '2')).toMatchObject({
      version: { version: 1, stage: 'Production' },
    })
    expect(await json('models', 'current', 'churn', ...store)).toMatchObject({
      current: { version: 1, by: 'bob', comment: 'drift' },
    })
    expect(await json('models', 'rollback', 'churn', '-m', 'mended', ...store)).toMatchObject({
      version: { version: 2, stage: 'Production' },
    })
  })

  it('copies a store by backup, restore, archive and events, with one and the same head', async () => {
    const { log }: { log: { head: string } } = JSON.parse(await printed('log', 'stats', '--json'))
    const other = await bin.folder()
    const at = (name: string) => join(other, name)
    const copies = [
      ['backup', at('backup')],
      ['restore', at('backup'), '--store', at('restored')],
      ['log', 'import', at('archive'), '--store', at('from-archive')],
      ['log', 'import', at('events'), '--store', at('from-events')],
    ]
    for (const [file, ...words] of [['archive'], ['events', '--events']]) {
      const exported = await bin.varve(folder, 'log', 'export', ...words, '--to', at(file ?? ''))
      expect(exported).toEqual({ code: 0, stdout: '', stderr: `${at(file ?? '')} is written.\n` })
    }
    for (const words of copies)
      expect(await json(...words)).toMatchObject({ copy: { head: log.head } })
    expect(await printed('log', 'export', '--events', '--to', '-')).toBe(
      await readFile(at('events'), 'utf8'),
    )
    const again = await bin.varve(folder, 'log', 'export', '--to', at('archive'))
    expect(again.code).toBe(5)
    expect((await bin.varve(folder, 'backup', at('backup'))).code).toBe(2)
    expect((await bin.varve(folder, 'log', 'verify', '--store', at('restored'))).code).toBe(0)
  })

  it('leaves no half file of a damaged import', async () => {
    const to = join(await bin.folder(), 'store')
    const source = join(folder, 'noise')
    await writeFile(source, 'no archive')
    expect((await bin.varve(folder, 'log', 'import', source, '--store', to)).code).toBe(2)
    await expect(stat(to)).rejects.toThrow('ENOENT')
  })

  it('brings in an MLflow store, once', async () => {
    const empty = await bin.folder()
    const source = join(process.cwd(), 'test/fixtures/mlflow-house-price')
    const imported = async () =>
      JSON.parse((await bin.varve(empty, 'import', 'mlflow', source, '--json')).stdout)
    expect(await imported()).toMatchObject({
      import: { read: { runs: 21 }, written: { runs: 21 } },
    })
    expect(await imported()).toMatchObject({ import: { events: 0 } })
  })

  it('prints the newest events, all of them or some', async () => {
    const tail = async (...words: readonly string[]): Promise<string[]> =>
      (await printed('log', 'tail', '--json', ...words))
        .trim()
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line).type)
    expect(await tail('-n', '1')).toEqual(['version.transitioned'])
    expect(await tail('-n', '0')).toEqual([])
    expect(await tail('--type', 'run.started,run.ended', '-n', '3')).toEqual([
      'run.ended',
      'run.started',
      'run.ended',
    ])
    expect(await tail('--stream', `run:${ids[0]}`, '-n', '100')).toContain('run.metrics-logged')
    expect(await printed('log', 'tail', '-n', '1')).toContain('version.transitioned')
  })

  it('completes commands and options in bash', async () => {
    const script = await printed('completion', 'bash')
    const completed = (...words: readonly string[]) => {
      const line = words.map((word) => `'${word}'`).join(' ')
      const ask = `COMP_WORDS=(varve ${line}); COMP_CWORD=${words.length}; _varve; echo "\${COMPREPLY[*]}"`
      return execFileSync('bash', ['-c', `${script}\n${ask}`], { encoding: 'utf8' }).trim()
    }
    expect(completed('ser')).toBe('serve')
    expect(completed('runs', '')).toBe('best compare ls show')
    expect(completed('runs', 'best', '--me')).toBe('--metric')
    expect(completed('runs', 'ls', '--store', 'x', '--fo')).toBe('--format')
    expect(completed('models', 'promote', '')).toContain('--comment')
  })

  it('finds a healthy store healthy, and a damaged one damaged', async () => {
    expect(await printed('doctor')).toMatch(/opens {3}ok/)
    expect(await json('log', 'verify')).toMatchObject({ verification: { ok: true } })
    const empty = await bin.folder()
    expect((await bin.varve(empty, 'doctor')).code).toBe(0)
    const copy = join(empty, 'copy')
    await printed('backup', copy)
    await rm(join(copy, 'log/CURRENT'))
    const ill = await bin.varve(folder, 'doctor', '--store', copy)
    expect(ill.code).toBe(6)
    expect(ill.stdout).toContain('NOT OK')
    expect((await bin.varve(folder, 'runs', 'ls', '--store', copy)).code).toBe(6)
  })
})
