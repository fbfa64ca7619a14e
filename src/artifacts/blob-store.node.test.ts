import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { blobStoreContract } from '../testing/blob-store-contract.ts'
import { blobFiles } from './blob-files.node.ts'
import { openBlobStore } from './blob-store.node.ts'
import { gather } from './content.ts'

const { PROPERTY_RUNS: runs, PROPERTY_SEED: seed } = process.env
const law = { numRuns: Number(runs ?? 50), ...(seed !== undefined && { seed: Number(seed) }) }

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'varve-blobs-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const filesUnder = async (path: string): Promise<string[]> => {
  const entries = await readdir(path, { recursive: true, withFileTypes: true }).catch(() => [])
  return entries.filter((entry) => entry.isFile()).map((entry) => entry.name)
}

const bytesUnder = async (path: string): Promise<number> => {
  const entries = await readdir(path, { recursive: true, withFileTypes: true })
  const sizes = entries
    .filter((entry) => entry.isFile())
    .map(async (entry) => (await stat(join(entry.parentPath, entry.name))).size)
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
}

async function* chunksOf(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array, void> {
  yield* chunks
}

const pathOf = (digest: string): string => {
  const hex = digest.slice('sha256:'.length)
  return join(folder, 'blobs', 'sha256', hex.slice(0, 2), hex.slice(2))
}

for (const durability of ['fsync', 'os'] as const) {
  describe(`a blob store in files, durability ${durability}`, () => {
    const setup = async () => {
      const store = await mkdtemp(join(tmpdir(), 'varve-blobs-'))
      return {
        store: await openBlobStore(store, { durability }),
        teardown: () => rm(store, { recursive: true, force: true }),
      }
    }
    for (const { name, run } of blobStoreContract(setup)) it(name, run)
  })
}

describe('the files of a blob store', () => {
  it('hold one read-only file a blob and nothing half written', async () => {
    const store = await openBlobStore(folder)
    const { digest } = await store.put('hello')
    await Promise.all(Array.from({ length: 20 }, () => store.put(new Blob(['hello']))))
    expect(await filesUnder(join(folder, 'blobs'))).toEqual([digest.slice(9)])
    expect((await stat(pathOf(digest))).mode & 0o777).toBe(0o444)
  })

  it('are found again by the next store', async () => {
    const { digest } = await (await openBlobStore(folder)).put('hello')
    const bytes = await gather((await openBlobStore(folder)).open(digest))
    expect(new TextDecoder().decode(bytes)).toBe('hello')
  })

  it('are clean after a source that failed', async () => {
    const store = await openBlobStore(folder)
    const failing = async function* () {
      yield new Uint8Array(3_000_000)
      throw new Error('the source broke')
    }
    await expect(store.put(failing())).rejects.toThrow('the source broke')
    expect(await filesUnder(folder)).toEqual([])
  })

  it('are not made by reading', async () => {
    const store = await openBlobStore(folder)
    expect(await store.list()[Symbol.asyncIterator]().next()).toMatchObject({ done: true })
    expect(await readdir(folder)).toEqual([])
  })

  it('show a changed byte to verify', async () => {
    const store = await openBlobStore(folder)
    const { digest } = await store.put('hello')
    await chmod(pathOf(digest), 0o644)
    await writeFile(pathOf(digest), 'hellx')
    await expect(store.verify(digest)).rejects.toMatchObject({
      code: 'ARTIFACT_CORRUPT',
      data: { digest, size: 5 },
    })
  })

  it('are healed by logging content whose file was cut short', async () => {
    const store = await openBlobStore(folder)
    const { digest } = await store.put('hello')
    await chmod(pathOf(digest), 0o644)
    await writeFile(pathOf(digest), 'he')
    await store.put('hello')
    expect(await store.verify(digest)).toEqual({ digest, size: 5 })
  })

  it('are none when the disk fails midway, and are written again afterwards', async () => {
    const store = await openBlobStore(folder)
    let isStopped = false
    const sabotaged = async function* () {
      try {
        yield new Uint8Array(2_000_000)
        await rm(join(folder, 'blobs'), { recursive: true })
        yield new Uint8Array(2_000_000)
      } finally {
        isStopped = true
      }
    }
    await expect(store.put(sabotaged())).rejects.toMatchObject({ code: 'ARTIFACT_WRITE_FAILED' })
    expect(isStopped).toBe(true)
    expect(await filesUnder(folder)).toEqual([])
    const blob = await store.put('hello')
    expect(await store.verify(blob.digest)).toEqual(blob)
  })

  it('refuse a disk that refuses, with what to do', async () => {
    await writeFile(join(folder, 'blobs'), 'in the way')
    const store = await openBlobStore(folder)
    await expect(store.put('hello')).rejects.toMatchObject({
      code: 'ARTIFACT_WRITE_FAILED',
      message: expect.stringContaining('log the artifact again'),
      data: { code: 'ENOTDIR' },
    })
    await rm(join(folder, 'blobs'))
    expect(await store.put('hello')).toMatchObject({ size: 5 })
  })
})

describe('content on its way into the files', () => {
  const chunk = 256 * 1024

  it('is taken one chunk at a time, and given back so', async () => {
    const store = await openBlobStore(folder, { durability: 'os' })
    const count = 256
    const expected = createHash('sha256')
    let given = 0
    // One buffer for every chunk: were any kept while the next is asked for, the digest would tell.
    const generated = async function* () {
      const buffer = new Uint8Array(chunk)
      for (; given < count; given++) {
        buffer.fill(given)
        expected.update(buffer)
        yield buffer
      }
    }
    const blob = await store.put(generated())
    expect(blob).toEqual({ digest: `sha256:${expected.digest('hex')}`, size: count * chunk })

    let greatest = 0
    let size = 0
    for await (const piece of store.open(blob.digest)) {
      greatest = Math.max(greatest, piece.length)
      size += piece.length
    }
    expect(size).toBe(blob.size)
    expect(greatest).toBeLessThanOrEqual(1024 * 1024)
  })

  it('waits in the source while the disk is behind', async () => {
    const store = await openBlobStore(folder, { durability: 'os' })
    let given = 0
    let mostAhead = 0
    const generated = async function* () {
      for (; given < 64; given++) {
        const written = await bytesUnder(join(folder, 'blobs'))
        mostAhead = Math.max(mostAhead, given * chunk - written)
        yield new Uint8Array(chunk)
      }
    }
    await store.put(generated())
    expect(given).toBe(64)
    expect(mostAhead).toBe(0)
  })

  it('comes back byte for byte, in any chunks and any range', async () => {
    const store = await openBlobStore(folder, { durability: 'os' })
    const contents = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 20 })
    const range = fc.record({ start: fc.nat(3000), end: fc.nat(3000) }, { requiredKeys: [] })
    await fc.assert(
      fc.asyncProperty(contents, fc.nat(800), range, async (chunks, repeat, part) => {
        const source = chunks.flatMap((bytes) => Array.from({ length: repeat % 7 }, () => bytes))
        const whole = Buffer.concat(source)
        const { digest, size } = await store.put(chunksOf(source))
        expect(digest).toBe(`sha256:${createHash('sha256').update(whole).digest('hex')}`)
        expect(size).toBe(whole.length)
        const end = Math.max(part.start ?? 0, part.end ?? whole.length)
        expect(Buffer.from(await gather(store.open(digest, part)))).toEqual(
          whole.subarray(part.start ?? 0, end),
        )
      }),
      law,
    )
  })

  it('may be a thousand puts that nobody waits for one by one', async () => {
    const store = await openBlobStore(folder, { durability: 'os' })
    const puts = Array.from({ length: 1000 }, (_, at) =>
      store.put(chunksOf([Buffer.from([at % 250])])),
    )
    expect(new Set((await Promise.all(puts)).map(({ digest }) => digest)).size).toBe(250)
    expect(await filesUnder(join(folder, 'blobs', 'tmp'))).toEqual([])
  })

  it('closes the file when a reader stops early', async () => {
    const store = await openBlobStore(folder)
    const { digest } = await store.put(new Uint8Array(2_000_000))
    const openFiles = async () => (await readdir('/proc/self/fd').catch(() => [])).length
    const before = await openFiles()
    for (let turn = 0; turn < 20; turn++) {
      for await (const piece of store.open(digest)) {
        expect(piece.length).toBeGreaterThan(0)
        break
      }
    }
    expect(await openFiles()).toBeLessThan(before + 10)
  })
})

describe('what is left half written', () => {
  const draft = async (name: string, age = 0) => {
    const path = join(folder, 'blobs', 'tmp', name)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, 'half')
    const time = new Date(Date.now() - age)
    await utimes(path, time, time)
  }
  const day = 24 * 60 * 60 * 1000
  const own = blobFiles('', 'os').temporary()
  const [, host = ''] = basename(own).split('-')

  it('is removed when its process was killed', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
    await draft(`${child.pid}-${host}-x`)
    await openBlobStore(folder)
    expect(await filesUnder(folder)).toHaveLength(1)
    child.kill('SIGKILL')
    await once(child, 'exit')
    await openBlobStore(folder)
    expect(await filesUnder(folder)).toEqual([])
  })

  it('is removed when it is older than the process that has the number now', async () => {
    await draft(`${process.pid}-${host}-old`, day)
    await draft(`${process.pid}-${host}-own`)
    await openBlobStore(folder)
    expect(await filesUnder(folder)).toEqual([`${process.pid}-${host}-own`])
  })

  it('is removed after a day of silence when another machine wrote it', async () => {
    await draft('1-00000000-old', day + 1000)
    await draft('1-00000000-new')
    await openBlobStore(folder)
    expect(await filesUnder(folder)).toEqual(['1-00000000-new'])
  })
})
