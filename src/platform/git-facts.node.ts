import { execFile } from 'node:child_process'
import { realpath } from 'node:fs/promises'
import { isAbsolute, relative, resolve, sep } from 'node:path'
import type { GitFacts, GitFactsOptions } from './platform.ts'

const rememberMs = 2000
const timeoutMs = 5000
/** Enough for any answer but a long list of changes, of which the first is enough. */
const answerBytes = 256 * 1024

interface Remembered {
  readonly facts: Promise<GitFacts | undefined>
  /** By the monotonic clock; infinite while Git still runs. */
  until: number
}

const remembered = new Map<string, Remembered>()

/**
 * Asks Git which code lies in a folder; `undefined` outside of a repository, before its first commit, or
 * without Git.
 *
 * Runs `git` without a shell, without taking its locks and for at most five seconds a question. Calls for
 * one folder within two seconds share an answer.
 */
export const gitFacts = (
  cwd: string,
  options: GitFactsOptions = {},
): Promise<GitFacts | undefined> => {
  const exclude = (options.exclude ?? []).map((folder) => resolve(cwd, folder))
  const key = JSON.stringify([resolve(cwd), ...exclude])
  const now = performance.now()
  for (const [other, { until }] of remembered) if (until < now) remembered.delete(other)
  const known = remembered.get(key)
  if (known !== undefined) return known.facts
  const fresh: Remembered = {
    facts: readFacts(cwd, exclude),
    until: Number.POSITIVE_INFINITY,
  }
  remembered.set(key, fresh)
  return fresh.facts.finally(() => {
    fresh.until = performance.now() + rememberMs
  })
}

const readFacts = async (
  cwd: string,
  exclude: readonly string[],
): Promise<GitFacts | undefined> => {
  const head = await git(cwd, [
    'rev-parse',
    '--show-toplevel',
    'HEAD',
    '--symbolic-full-name',
    'HEAD',
  ])
  const lines = head.text.trimEnd().split('\n')
  const ref = lines.pop()
  const commit = lines.pop()
  if (!head.ok || ref === undefined || commit === undefined) return undefined
  const [dirty, repoUrl] = await Promise.all([
    isDirty(cwd, await pathspecs(lines.join('\n'), exclude)),
    remoteUrl(cwd),
  ])
  return {
    commit,
    ...(ref.startsWith('refs/heads/') && { branch: ref.slice('refs/heads/'.length) }),
    ...(dirty !== undefined && { dirty }),
    ...(repoUrl !== undefined && { repoUrl }),
  }
}

/** Everything but stores. Git refuses a path outside of its working tree, so those are left out. */
const pathspecs = async (top: string, exclude: readonly string[]): Promise<string[]> => {
  const root = await realpath(top).catch(() => top)
  const specs = [':/', ':(top,exclude,glob)**/.varve/**']
  for (const folder of exclude) {
    const inside = relative(root, await realpath(folder).catch(() => folder))
      .split(sep)
      .join('/')
    const isOutside = inside === '' || /^\.\.(?:\/|$)/.test(inside) || isAbsolute(inside)
    if (!isOutside) specs.push(`:(top,exclude,literal)${inside}`)
  }
  return specs
}

const isDirty = async (cwd: string, paths: readonly string[]): Promise<boolean | undefined> => {
  const status = await git(cwd, [
    'status',
    '--porcelain',
    '--untracked-files=normal',
    '-z',
    '--',
    ...paths,
  ])
  if (status.text !== '') return true
  return status.ok ? false : undefined
}

const remoteUrl = async (cwd: string): Promise<string | undefined> => {
  const remotes = await git(cwd, ['config', '--null', '--get-regexp', '^remote\\..*\\.url$'])
  const entries = remotes.text.split('\0').filter((entry) => entry !== '')
  const chosen = entries.find((entry) => entry.startsWith('remote.origin.url\n')) ?? entries.at(0)
  return chosen === undefined
    ? undefined
    : withoutCredentials(chosen.slice(chosen.indexOf('\n') + 1))
}

/**
 * Takes user, password and query out of a web address, and the password out of any other; the user of an
 * SSH address is part of where it leads.
 */
export const withoutCredentials = (url: string): string => {
  const parts = /^([a-z][a-z0-9+.-]*:\/\/)(?:([^/?#]*)@)?(.*)$/is.exec(url)
  if (parts === null) return url
  const [, scheme = '', login = '', rest = ''] = parts
  if (/^https?:/i.test(scheme)) return scheme + rest.replace(/[?#].*$/s, '')
  const user = login.split(':').at(0) ?? ''
  return user === '' ? scheme + rest : `${scheme}${user}@${rest}`
}

interface Answer {
  readonly ok: boolean
  /** What was printed, also before a failure. */
  readonly text: string
}

const git = (cwd: string, command: readonly string[]): Promise<Answer> =>
  new Promise((answer) => {
    // A repository's own settings may name a program as its file-system monitor: it is not for us to start.
    const flags = ['--no-optional-locks', '-c', 'core.fsmonitor=false']
    execFile(
      'git',
      [...flags, ...command],
      { cwd, env: gitEnvironment(), timeout: timeoutMs, maxBuffer: answerBytes, windowsHide: true },
      (error, text) => answer({ ok: error === null, text }),
    )
  })

/** Inside of a Git hook these would point Git at the hook's repository instead of the folder asked about. */
const redirections = ['GIT_DIR', 'GIT_WORK_TREE', 'GIT_INDEX_FILE', 'GIT_PREFIX', 'GIT_COMMON_DIR']

const gitEnvironment = (): NodeJS.ProcessEnv => {
  const env: NodeJS.ProcessEnv = { ...process.env, LC_ALL: 'C', GIT_TERMINAL_PROMPT: '0' }
  for (const name of redirections) delete env[name]
  return env
}
