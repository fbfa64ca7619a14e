import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { inject } from 'vitest'

/** A program that runs, with what it has said so far. */
export interface Child {
  readonly process: ChildProcess
  /** Resolves at its first word on standard output, or when it has ended. */
  readonly ready: Promise<unknown>
  /** Resolves when it has ended. */
  readonly ended: Promise<unknown>
  /** What it wrote to standard output and error. */
  readonly said: () => string
}

export interface ChildOptions {
  /** Descriptor 3 of the program appends to this file: what is in it survives the death of its writer. */
  readonly acks: string
  /** A shell command that the program is started behind: `ulimit -f 100 && exec "$@"`. */
  readonly shell?: string
}

/** Starts a program of `programs/`. */
export const start = (
  program: string,
  args: readonly string[],
  { acks, shell = 'exec "$@"' }: ChildOptions,
): Child => {
  const { VARVE_STORE: _, NODE_OPTIONS: __, ...env } = process.env
  const file = openSync(acks, 'a')
  const path = join(inject('programs'), `${program}.js`)
  const command = ['-c', shell, 'bash', process.execPath, path, ...args]
  const child = spawn('bash', command, { env, stdio: ['pipe', 'pipe', 'pipe', file] })
  closeSync(file)
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
  }
  const ended = once(child, 'close')
  const first = child.stdout === null ? ended : once(child.stdout, 'data')
  return { process: child, ready: Promise.race([first, ended]), ended, said: () => said }
}

/** The whole lines of a file of acknowledgements. */
export const linesOf = (acks: string): readonly string[] =>
  readFileSync(acks, 'utf8').split('\n').slice(0, -1)
