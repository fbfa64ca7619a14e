import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root } from './built-package.ts'

/** Every `…ErrorCodes` that a part of varve exports, found by folder so that none can be forgotten. */
const declared = async (): Promise<ReadonlyMap<string, string>> => {
  const codes = new Map<string, string>()
  for (const folder of readdirSync(join(root, 'src'))) {
    const path = join(root, 'src', folder, 'errors.ts')
    if (!existsSync(path)) continue
    const module: Record<string, unknown> = await import(path)
    for (const [name, union] of Object.entries(module))
      if (name.endsWith('ErrorCodes'))
        for (const [code, meaning] of Object.entries(union ?? {})) codes.set(code, meaning)
  }
  return codes
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
    const codes = [...(await declared()).keys()]
    expect(codes.length).toBeGreaterThan(30)
    expect([...sections.keys()].sort()).toEqual(codes.sort())
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
