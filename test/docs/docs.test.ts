import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildWorkspace, root, type Workspace } from './built-package.ts'
import { readPage } from './page.ts'
import { type Findings, runPages } from './run-pages.ts'

const paths = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md'))
    .map((path) => `docs/${path.replaceAll('\\', '/')}`)
    .sort(),
]
const sources = new Map(paths.map((path) => [path, readFileSync(join(root, path), 'utf8')]))
const pages = [...sources].map(([path, markdown]) => readPage(path, markdown))
const withPrograms = pages.filter(({ programs }) => programs.length > 0)

describe('the code of', () => {
  let workspace: Workspace
  let findings: Findings

  beforeAll(async () => {
    workspace = await buildWorkspace()
    findings = await runPages(workspace, withPrograms)
  }, 240_000)
  afterAll(() => workspace[Symbol.asyncDispose]())

  it.each(withPrograms.map(({ path }) => path))(
    '%s compiles, runs and prints what it says',
    (path) => {
      expect(findings.get(path)).toEqual([])
    },
  )
})

describe('the pages', () => {
  it('show code on the first screen of README', () => {
    const readme = sources.get('README.md') ?? ''
    expect(readme.split('\n').indexOf('```ts')).toBeGreaterThan(0)
    expect(readme.split('\n').indexOf('```ts')).toBeLessThan(12)
  })

  it('link only to files that are there', () => {
    const broken = [...sources].flatMap(([path, markdown]) =>
      [...markdown.matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)[^)]*\)/g)]
        .map(([, target = '']) => target)
        .filter((target) => !existsSync(join(root, dirname(path), target)))
        .map((target) => `${path} links to ${target}, which is not there`),
    )
    expect(broken).toEqual([])
  })

  it('can all be reached from README', () => {
    const reached = new Set(['README.md'])
    for (const path of reached)
      for (const [, target = ''] of sources.get(path)?.matchAll(/\]\(([^)#\s]+\.md)[^)]*\)/g) ?? [])
        reached.add(join(dirname(path), target).replaceAll('\\', '/'))
    expect(paths.filter((path) => !reached.has(path))).toEqual([])
  })
})
