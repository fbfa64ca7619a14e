import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface, type Interface } from 'node:readline'
import { inject } from 'vitest'
import type { Examined } from './programs/answers.ts'

/** What came of an examination; LevelDB ends the process over some damage that it meets. */
export type Outcome = Examined | { readonly end: 'aborted'; readonly signal: string }

/** Damage that makes varve search for ever is found by this; a healthy store takes a thousandth of it. */
const patience = 60_000

interface Examining {
  readonly child: ChildProcess
  readonly lines: Interface
  readonly ended: Promise<Outcome>
}

/** Examines stores in a process of its own, and in a new one when that has ended. */
export class Examiner implements AsyncDisposable {
  #examining: Examining | undefined

  async examine(folder: string): Promise<Outcome> {
    this.#examining ??= this.#start()
    const { child, lines, ended } = this.#examining
    const said = once(lines, 'line').then(([line]): Outcome => JSON.parse(String(line)))
    const timer = setTimeout(() => child.kill('SIGKILL'), patience)
    child.stdin?.write(`${folder}\n`)
    try {
      return await Promise.race([said, ended])
    } finally {
      clearTimeout(timer)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#examining?.child.stdin?.end()
    await this.#examining?.ended
  }

  #start(): Examining {
    const { VARVE_STORE: _, NODE_OPTIONS: __, ...env } = process.env
    const program = join(inject('programs'), 'examiner.js')
    const child = spawn(process.execPath, [program], { env, stdio: ['pipe', 'pipe', 'ignore'] })
    // A process that has just ended takes no more; that it ended is told below.
    child.stdin.on('error', () => undefined)
    const ended = once(child, 'exit').then(([code, signal]): Outcome => {
      this.#examining = undefined
      return { end: 'aborted', signal: String(signal ?? code) }
    })
    return { child, lines: createInterface({ input: child.stdout }), ended }
  }
}
