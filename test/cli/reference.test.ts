import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { optionsOf } from '../../src/cli/program.ts'
import { commands } from '../../src/cli/tree/commands.ts'
import { families } from '../../src/cli/tree/groups.ts'
import { root } from '../docs/built-package.ts'
import { commandReference } from './reference.ts'

describe('docs/reference/command-line.md', () => {
  it('is what the commands say (`npm run docs:reference` rewrites it)', async () => {
    const path = join(root, 'docs/reference/command-line.md')
    await expect(commandReference(commands)).toMatchFileSnapshot(path)
  })
})

describe('the commands', () => {
  it('have names of their own, in families that say what they are', () => {
    const names = commands.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    const used = names.filter((name) => name.includes(' ')).map((name) => name.split(' ')[0] ?? '')
    expect([...new Set(used)].sort()).toEqual(Object.keys(families).sort())
  })

  it.each(commands.map((command) => [command.name, command] as const))(
    '%s has each option once, a sentence for itself, and code that can be loaded',
    async (_, command) => {
      const words = optionsOf(command).flatMap(({ flags }) => flags.match(/--?[a-z][\w-]*/g) ?? [])
      expect(new Set(words).size).toBe(words.length)
      expect(command.about).toMatch(/^[A-Z].*\.$/)
      expect((await command.load()).run).toBeTypeOf('function')
    },
  )

  it('name in their examples only what there is', () => {
    for (const { name, examples = [] } of commands)
      for (const line of examples) expect(line).toContain(`varve ${name}`)
  })
})
