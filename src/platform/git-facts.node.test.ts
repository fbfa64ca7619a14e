import { execFileSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, realpath, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { gitFacts, withoutCredentials } from './git-facts.node.ts'

let root: string
let folders = 0

const git = (...command: string[]): string =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...command], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim()

const write = async (path: string, text = ''): Promise<void> => {
  await mkdir(dirname(join(root, path)), { recursive: true })
  await writeFile(join(root, path), text)
}

/** A folder that was not asked about yet, so that no remembered answer comes back. */
const freshFolder = async (): Promise<string> => {
  const folder = join(root, `empty-${folders++}`)
  await mkdir(folder)
  return folder
}

beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'varve-git-')))
})
afterEach(() => rm(root, { recursive: true, force: true }))

describe('Git facts', () => {
  it('are undefined outside of a repository, and where no folder is', async () => {
    expect(await gitFacts(root)).toBeUndefined()
    expect(await gitFacts(join(root, 'gone'))).toBeUndefined()
  })

  describe('in a repository', () => {
    beforeEach(async () => {
      git('init', '--initial-branch', 'feature/one')
      await write('tracked')
      git('add', '.')
      git('commit', '--message', 'first')
    })

    it('name commit and branch, from any folder of it', async () => {
      const facts = await gitFacts(await freshFolder())
      expect(facts).toEqual({
        commit: git('rev-parse', 'HEAD'),
        branch: 'feature/one',
        dirty: false,
      })
    })

    it('name no branch on a detached HEAD', async () => {
      git('checkout', '--detach')
      expect(await gitFacts(await freshFolder())).toEqual({
        commit: git('rev-parse', 'HEAD'),
        dirty: false,
      })
    })

    it('are dirty with a changed, a staged or an untracked file', async () => {
      const changes = [
        () => write('tracked', 'changed'),
        () => write('staged').then(() => git('add', '.')),
        () => write('untracked'),
      ]
      for (const change of changes) {
        git('reset', '--hard')
        await change()
        expect(await gitFacts(await freshFolder())).toMatchObject({ dirty: true })
      }
    })

    it('are not dirty because of a store', async () => {
      for (const store of ['.varve/log/1', 'deep/er/.varve/2', 'lab/3']) await write(store)
      const exclude = [join(root, 'lab'), tmpdir(), '/nowhere']
      expect(await gitFacts(await freshFolder(), { exclude })).toMatchObject({ dirty: false })
      expect(await gitFacts(await freshFolder())).toMatchObject({ dirty: true })
    })

    it('name the remote origin, else the first one, without credentials', async () => {
      git('remote', 'add', 'backup', 'https://user:secret@example.org/backup.git')
      expect(await gitFacts(await freshFolder())).toMatchObject({
        repoUrl: 'https://example.org/backup.git',
      })
      git('remote', 'add', 'origin', 'git@example.org:team/churn.git')
      expect(await gitFacts(await freshFolder())).toMatchObject({
        repoUrl: 'git@example.org:team/churn.git',
      })
    })

    it('are shared by calls of the same moment', async () => {
      const folder = await freshFolder()
      const first = gitFacts(folder)
      await write('untracked')
      const [one, two] = await Promise.all([first, gitFacts(folder)])
      expect(two).toBe(one)
      expect(await gitFacts(folder)).toBe(one)
    })

    it('are of the folder asked about, inside of a hook of another repository as well', async () => {
      process.env['GIT_DIR'] = join(root, 'elsewhere')
      try {
        expect(await gitFacts(await freshFolder())).toMatchObject({ branch: 'feature/one' })
      } finally {
        delete process.env['GIT_DIR']
      }
    })

    it('are read without starting what the repository names as its monitor', async () => {
      const started = join(root, '.git/started')
      await write('.git/monitor', `#!/bin/sh\ntouch '${started}'\n`)
      await chmod(join(root, '.git/monitor'), 0o755)
      git('config', 'core.fsmonitor', join(root, '.git/monitor'))
      expect(await gitFacts(await freshFolder())).toMatchObject({ dirty: false })
      await expect(stat(started)).rejects.toMatchObject({ code: 'ENOENT' })
      git('status')
      expect(await stat(started)).toMatchObject({ size: 0 })
    })

    it('count untracked files whatever the settings of the user show', async () => {
      git('config', 'status.showUntrackedFiles', 'no')
      await write('untracked')
      expect(await gitFacts(await freshFolder())).toMatchObject({ dirty: true })
    })
  })

  it('are undefined before the first commit', async () => {
    git('init')
    expect(await gitFacts(root)).toBeUndefined()
  })
})

describe('the address of a remote', () => {
  it.each([
    ['https://user:secret@example.org/a.git', 'https://example.org/a.git'],
    ['https://token@example.org:8443/a', 'https://example.org:8443/a'],
    ['https://user:p@ss@example.org/a@b', 'https://example.org/a@b'],
    ['https://example.org/a?access_token=secret#x', 'https://example.org/a'],
    ['ssh://git:secret@example.org/a', 'ssh://git@example.org/a'],
    ['ssh://example.org/a', 'ssh://example.org/a'],
    ['git@example.org:team/a.git', 'git@example.org:team/a.git'],
    ['/srv/git/a.git', '/srv/git/a.git'],
    ['../a', '../a'],
  ])('%s is recorded as %s', (url, recorded) => {
    expect(withoutCredentials(url)).toBe(recorded)
  })
})
