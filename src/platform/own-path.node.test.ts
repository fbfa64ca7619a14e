import {
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { open } from '../open.ts'
import { fence, forgetPath, ownPath } from './own-path.node.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'varve-path-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const owner = (pid: number) => ({ pid, host: 'here', since: 7 })

describe("an owner's own path", () => {
  it('leads to the log until another owner cuts it off', async () => {
    const first = await ownPath(folder, owner(1))
    await writeFile(join(first, 'a'), 'one')
    expect(await readFile(join(folder, 'log/a'), 'utf8')).toBe('one')
    await fence(folder)
    const second = await ownPath(folder, owner(2))
    await expect(writeFile(join(first, 'a'), 'two')).rejects.toMatchObject({ code: 'ENOENT' })
    expect(await readFile(join(second, 'a'), 'utf8')).toBe('one')
    await forgetPath(folder, owner(2))
    expect(await readdir(folder)).toEqual(['log'])
  })

  it('is there while a store is open, and gone when it is closed', async () => {
    const varve = await open(folder, { facts: false })
    const links = (await readdir(folder)).filter((name) => name.startsWith('owner-'))
    expect(links).toHaveLength(1)
    expect((await lstat(join(folder, links[0] ?? ''))).isSymbolicLink()).toBe(true)
    await varve.close()
    expect((await readdir(folder)).filter((name) => name.startsWith('owner-'))).toEqual([])
  })

  it('is cut off although it was left by a process that died, and files of other names stay', async () => {
    await mkdir(join(folder, 'log'))
    await symlink('log', join(folder, 'owner-1-2'))
    await writeFile(join(folder, 'owner-notes.txt'), '')
    await (await open(folder, { facts: false })).close()
    const names = await readdir(folder)
    expect(names).toContain('owner-notes.txt')
    expect(names).not.toContain('owner-1-2')
  })
})

describe('a table that is not listed', () => {
  it('becomes another file with the same bytes; one that is listed stays', async () => {
    for (let n = 0; n < 2; n++) {
      const varve = await open(folder, { facts: false })
      await varve.experiments.create(`experiment ${n}`)
      await varve.close()
    }
    const log = join(folder, 'log')
    const listed = (await readdir(log)).filter((name) => name.endsWith('.ldb'))
    await writeFile(join(log, '900000.ldb'), 'half a table')
    const numbers = (): Promise<number[]> =>
      Promise.all([...listed, '900000.ldb'].map(async (name) => (await stat(join(log, name))).ino))
    const before = await numbers()
    await fence(folder)
    const after = await numbers()
    expect(listed.length).toBeGreaterThan(0)
    expect(after.slice(0, -1)).toEqual(before.slice(0, -1))
    expect(after.at(-1)).not.toBe(before.at(-1))
    expect(await readFile(join(log, '900000.ldb'), 'utf8')).toBe('half a table')
    await (await open(folder, { facts: false })).close()
  })
})
