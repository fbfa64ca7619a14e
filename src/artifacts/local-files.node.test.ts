import { once } from 'node:events'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { gather } from './content.ts'
import { localFile, localFiles } from './local-files.node.ts'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'varve-local-'))
})
afterEach(() => rm(root, { recursive: true, force: true }))

const write = async (path: string, text = path): Promise<string> => {
  await mkdir(dirname(join(root, path)), { recursive: true })
  await writeFile(join(root, path), text)
  return join(root, path)
}

const paths = async (...args: Parameters<typeof localFiles>): Promise<string[]> =>
  (await localFiles(...args)).map(({ path }) => path)

const refusal = (problem: string) => ({
  code: 'ARTIFACT_PATH_INVALID',
  message: expect.stringContaining(problem),
})

describe('the files of a local folder', () => {
  it('come in the order of their names, below the prefix, with hostile names as they are', async () => {
    for (const name of ['b.txt', 'a/z', 'a/__proto__', '.env', '100% 🦊.md']) await write(name)
    expect(await paths(root, { prefix: './model/' })).toEqual([
      'model/.env',
      'model/100% 🦊.md',
      'model/a/__proto__',
      'model/a/z',
      'model/b.txt',
    ])
  })

  it('are read when they are opened', async () => {
    await write('a', 'before')
    const [file] = await localFiles(root)
    if (file === undefined) throw new Error('The file was not found.')
    await write('a', 'after')
    expect(file).toMatchObject({ path: 'a', size: 6 })
    const bytes = await gather(file.open())
    expect(new TextDecoder().decode(bytes)).toBe('after')
    await rm(join(root, 'a'))
    await expect(gather(file.open())).rejects.toMatchObject({ code: 'ARTIFACT_NOT_FOUND' })
  })

  it('leave out stores', async () => {
    for (const name of ['a', '.varve/log/1', 'sub/.varve/2', 'lab/3']) await write(name)
    expect(await paths(root, { exclude: [join(root, 'lab')] })).toEqual(['a'])
  })

  it('include what links within the folder lead to', async () => {
    await write('real/w')
    await symlink('real', join(root, 'latest'))
    await symlink('real/w', join(root, 'w'))
    expect(await paths(root)).toEqual(['latest/w', 'real/w', 'w'])
  })

  it('are refused when a link leaves the folder', async () => {
    await write('secret')
    await write('inside/a')
    for (const target of ['../secret', '..', '/etc/passwd']) {
      await symlink(target, join(root, 'inside/link'))
      await expect(localFiles(join(root, 'inside'))).rejects.toMatchObject(
        refusal('is a symbolic link that leaves the folder'),
      )
      await rm(join(root, 'inside/link'))
    }
  })

  it('are refused when a link leads in a circle, or nowhere', async () => {
    await write('a/b/c')
    await symlink('..', join(root, 'a/b/up'))
    await expect(localFiles(root)).rejects.toMatchObject(refusal('leads back to it'))
    await rm(join(root, 'a/b/up'))
    await symlink('gone', join(root, 'a/b/up'))
    await expect(localFiles(root)).rejects.toMatchObject({ code: 'ARTIFACT_NOT_FOUND' })
  })

  it('are refused when one is no regular file, or cannot be named', async () => {
    const socket = createServer().listen(join(root, 'socket'))
    await once(socket, 'listening')
    await expect(localFiles(root)).rejects.toMatchObject(refusal('is neither a file nor a folder'))
    await new Promise((closed) => socket.close(closed))
    await write('a\\b')
    await expect(localFiles(root)).rejects.toMatchObject(refusal('holds a backslash'))
  })

  it('are a clear error when the folder is none, or is not there', async () => {
    const file = await write('a')
    await expect(localFiles(file)).rejects.toMatchObject(refusal('logFile takes a single file'))
    await expect(localFiles(join(root, 'gone'))).rejects.toMatchObject({
      code: 'ARTIFACT_NOT_FOUND',
      data: { path: join(root, 'gone'), code: 'ENOENT' },
    })
  })
})

describe('one local file', () => {
  it('keeps its name unless it is given a path', async () => {
    const source = await write('deep/plot.png')
    expect(await localFile(source)).toMatchObject({ path: 'plot.png', source, size: 13 })
    expect(await localFile(source, './plots//1.png')).toMatchObject({ path: 'plots/1.png' })
  })

  it('must be there, and a file', async () => {
    await expect(localFile(join(root, 'gone'))).rejects.toMatchObject({
      code: 'ARTIFACT_NOT_FOUND',
    })
    await expect(localFile(root)).rejects.toMatchObject(refusal('is a folder'))
  })
})
