import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest'
import { generateMlruns } from './mlruns.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'varve-memory-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** Runs a program whose heap may grow to so many MiB: one that needs more dies of it. */
const within = (mebibytes: number, program: string, args: readonly string[]) =>
  new Promise((resolve) => {
    const { VARVE_STORE: _, NODE_OPTIONS: __, ...env } = process.env
    const path = join(inject('memoryPrograms'), `${program}.js`)
    const command = [`--max-old-space-size=${mebibytes}`, path, join(folder, 'store'), ...args]
    execFile(process.execPath, command, { env }, (error, stdout, stderr) => {
      const code = error === null ? 0 : (error.code ?? error.signal)
      resolve({ code, stdout, stderr: stderr.slice(0, 2000) })
    })
  })

const wellSaid = (stdout: string) => ({ code: 0, stdout: `${stdout}\n`, stderr: '' })

describe('Memory is bounded', () => {
  it('for a writer of 10^7 points: a heap of 64 MiB', async () => {
    expect(await within(64, 'writer', ['10000000'])).toEqual(wellSaid('points 10000000'))
  })

  it('for 10^6 events that stalled subscribers do not take: a heap of 128 MiB', async () => {
    expect(await within(128, 'stalled', ['1000000'])).toEqual(
      wellSaid('events 1000000, stalled 52'),
    )
  })

  it('for an import of 200 MB of metrics: a heap of 64 MiB', async () => {
    const source = join(folder, 'mlruns')
    const bytes = await generateMlruns(source, { runs: 10, metrics: 4, points: 125_000 })
    expect(bytes).toBeGreaterThan(200e6)
    const imported = await within(64, 'importing', [source])
    expect(imported).toEqual(wellSaid('points 5000000, runs 10'))
  })

  it('for a server that an artifact of 200 MiB goes up to and down from: a heap of 48 MiB, 96 MiB of buffers', async () => {
    expect(await within(48, 'artifact', ['200'])).toEqual(
      wellSaid('status 200, bytes 209715200, same true, held few'),
    )
  })
})
