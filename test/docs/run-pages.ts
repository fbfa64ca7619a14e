import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runCompiler, runNode, type Workspace } from './built-package.ts'
import type { Page, Program } from './page.ts'
import { mismatches, type ProgramFile, programFile } from './program.ts'

/** What is wrong with a page, each as a sentence that starts with its path and line; none if it is right. */
export type Findings = ReadonlyMap<string, readonly string[]>

interface Job {
  readonly page: Page
  readonly program: Program
  readonly file: ProgramFile
  /** Relative to the workspace, without extension. */
  readonly path: string
}

/**
 * Strict, as `tsc --init` of any version would have it, but without the two options under which
 * `rows[0].params.depth` is not a sentence.
 */
const settings = {
  compilerOptions: {
    target: 'es2023',
    lib: ['es2023', 'esnext.disposable', 'dom'],
    module: 'nodenext',
    types: ['node'],
    strict: true,
    exactOptionalPropertyTypes: true,
    noImplicitOverride: true,
    noImplicitReturns: true,
    noFallthroughCasesInSwitch: true,
    verbatimModuleSyntax: true,
    isolatedModules: true,
    skipLibCheck: true,
  },
  include: ['pages'],
}

const folderOf = (page: Page): string => `pages/${page.path.replaceAll(/[^\w]+/g, '-')}`

const jobsOf = (page: Page): readonly Job[] =>
  page.programs.map((program, index) => ({
    page,
    program,
    file: programFile(program),
    path: `${folderOf(page)}/program-${index + 1}`,
  }))

const placeOf = ({ page, program, file }: Job, line: number): string =>
  `${page.path}:${file.pageLine[line - 1] || program.pieces[0]?.line}`

const diagnostic =
  /^(?<path>[^\s(][^(]*)\.ts\((?<line>\d+),\d+\): (?<message>[^\n]*(?:\n +[^\n]*)*)/gm

const compile = async (workspace: Workspace, jobs: readonly Job[]): Promise<Findings> => {
  const config = join(workspace.folder, 'tsconfig.json')
  await writeFile(config, JSON.stringify(settings))
  for (const { path, file } of jobs) {
    await mkdir(join(workspace.folder, path, '..'), { recursive: true })
    await writeFile(join(workspace.folder, `${path}.ts`), file.source)
  }
  const { stdout, code } = await runCompiler(['-p', config])
  const found = new Map<string, string[]>()
  for (const { groups = {} } of stdout.matchAll(diagnostic)) {
    const job = jobs.find(({ path }) => groups['path']?.endsWith(path))
    if (job === undefined)
      throw new Error(`The compiler found a mistake outside of the pages: ${stdout}`)
    const finding = `${placeOf(job, Number(groups['line']))} does not compile: ${groups['message']}`
    found.set(job.path, [...(found.get(job.path) ?? []), finding])
  }
  if (code !== 0 && found.size === 0) throw new Error(`The compiler failed: ${stdout}`)
  return found
}

const framesInPage = (job: Job, stderr: string): string =>
  stderr.replaceAll(/\(?(?:file:\/\/)?\S*program-\d+\.js:(\d+)(?::\d+)?\)?/g, () => job.page.path)

const run = async (workspace: Workspace, job: Job): Promise<readonly string[]> => {
  if (job.program.noRun !== undefined) return []
  const { code, stdout, stderr } = await runNode([join(workspace.folder, `${job.path}.js`)], {
    cwd: join(workspace.folder, folderOf(job.page)),
  })
  const place = placeOf(job, 0)
  if (code === null) return [`${place} did not end within 30 s. Does it close the store?`]
  if (code !== 0) return [`${place} ends with code ${code}: ${framesInPage(job, stderr)}`]
  return mismatches(job.program, stdout).map(
    ({ line, expected, printed }) =>
      `${job.page.path}:${line} says\n${expected}\nbut the program prints\n${printed}`,
  )
}

/** One page: its programs one after the other, in one folder. */
const checkPage = async (
  workspace: Workspace,
  jobs: readonly Job[],
  compiled: Findings,
): Promise<readonly string[]> => {
  const findings: string[] = []
  for (const job of jobs) {
    const mistakes = compiled.get(job.path)
    findings.push(...(mistakes ?? (await run(workspace, job))))
  }
  return findings
}

/** Compiles the programs of all pages at once, then runs them: pages side by side, in folders of their own. */
export const runPages = async (workspace: Workspace, pages: readonly Page[]): Promise<Findings> => {
  const byPage = new Map(pages.map((page) => [page.path, jobsOf(page)]))
  const compiled = await compile(workspace, [...byPage.values()].flat())
  const waiting = [...byPage]
  const findings = new Map<string, readonly string[]>()
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
      findings.set(next[0], await checkPage(workspace, next[1], compiled))
  }
  await Promise.all([worker(), worker(), worker()])
  return findings
}
