import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { hostname, tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import * as platform from '#platform'
import type { Platform } from './platform.ts'

// The compiler's proof that the file exports what every platform does.
const { findStore, hostFacts, sha256, sha256Hex }: Platform = platform

describe('SHA-256', () => {
  it('agrees with the hash of Node, for any length around a block', () => {
    for (let length = 0; length <= 130; length++) {
      const bytes = new Uint8Array(length).map((_, at) => (at * 37) % 256)
      const expected = createHash('sha256').update(bytes).digest()
      expect(Buffer.from(sha256(bytes))).toEqual(expected)
      expect(sha256Hex(bytes)).toBe(expected.toString('hex'))
    }
  })

  it('hashes a view as its own bytes, and gives bytes of their own', () => {
    const wider = new Uint8Array([9, 1, 2, 3, 9])
    const digest = sha256(wider.subarray(1, 4))
    expect(digest).toEqual(sha256(new Uint8Array([1, 2, 3])))
    expect(digest.buffer.byteLength).toBe(32)
  })
})

describe('host facts', () => {
  it('say who and what runs, and are read once', () => {
    const facts = hostFacts()
    expect(facts).toMatchObject({
      user: userInfo().username,
      host: hostname(),
      runtime: `node ${process.version}`,
      platform: `${process.platform} ${process.arch}`,
      pid: process.pid,
    })
    expect(facts.entryPoint).not.toMatch(/^\/|\\/)
    expect(hostFacts()).toBe(facts)
  })
})

describe('the store of a program that names none', () => {
  let root: string
  beforeEach(async () => {
    root = await realpath(await mkdtemp(join(tmpdir(), 'varve-find-')))
    await mkdir(join(root, 'a/b/c'), { recursive: true })
  })
  afterEach(() => rm(root, { recursive: true, force: true }))

  it('is the one that VARVE_STORE names, relative to where the program is', () => {
    expect(findStore(root, { VARVE_STORE: './lab' })).toBe(join(root, 'lab'))
    expect(findStore(root, { VARVE_STORE: '/srv/lab' })).toBe('/srv/lab')
    expect(findStore(root, { VARVE_STORE: '' })).toBe(join(root, '.varve'))
  })

  it('is the nearest folder called .varve upward', async () => {
    await mkdir(join(root, '.varve'))
    expect(findStore(join(root, 'a/b/c'), {})).toBe(join(root, '.varve'))
    await mkdir(join(root, 'a/b/.varve'))
    expect(findStore(join(root, 'a/b/c'), {})).toBe(join(root, 'a/b/.varve'))
    expect(findStore(join(root, 'a/b'), {})).toBe(join(root, 'a/b/.varve'))
  })

  it('is here when there is none, and a file of that name is none', async () => {
    await writeFile(join(root, 'a/.varve'), '')
    expect(findStore(join(root, 'a/b'), {})).toBe(join(root, 'a/b/.varve'))
  })
})
