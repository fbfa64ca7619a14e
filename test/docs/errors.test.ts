import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root } from './built-package.ts'

/** The codes of every `…ErrorCodes` that a part of varve exports, found by folder so that none is forgotten. */
const declaredCodes = async (): Promise<readonly string[]> => {
  const paths = readdirSync(join(root, 'src')).map((folder) =>
    join(root, 'src', folder, 'errors.ts'),
  )
  const modules: Record<string, unknown>[] = await Promise.all(
    paths.filter((path) => existsSync(path)).map((path) => import(path)),
  )
  const unions = modules.flatMap((module) =>
    Object.entries(module).filter(([name]) => name.endsWith('ErrorCodes')),
  )
  return [...new Set(unions.flatMap(([, union]) => Object.keys(union ?? {})))]
}

const page = readFileSync(join(root, 'docs/reference/errors.md'), 'utf8')
const sections = new Map(
  page
    .split(/^### /m)
    .slice(1)
    .map((text) => [text.slice(0, text.indexOf('\n')), text.split(/^## /m)[0] ?? '']),
)

describe('docs/reference/errors.md', () => {
  it('has a heading for every code, and none for a code that is gone', async () => {
    const codes = await declaredCodes()
    expect(codes.length).toBeGreaterThan(30)
    expect([...sections.keys()].sort()).toEqual([...codes].sort())
  })

  it('has each heading once', () => {
    expect(page.match(/^### /gm)?.length).toBe(sections.size)
  })

  it.each([...sections])('says of %s what it means, why it happens and what to do', (_, text) => {
    expect(text).toMatch(
      /^\w+\n\n[^*\n][^\n]+\n\n\*\*Likely cause\.\*\* .+[\s\S]*\n\n\*\*What to do\.\*\* /u,
    )
  })
})
