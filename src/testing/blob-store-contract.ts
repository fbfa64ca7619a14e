import { type BlobStore, gather, type StoredBlob } from '../artifacts/index.ts'

/** One promise of the port: its sentence, and a run that throws when a store does not keep it. */
export interface BlobStorePromise {
  readonly name: string
  readonly run: () => Promise<void>
}

/** Makes an empty store for one promise, and takes it away afterwards. */
export type BlobStoreSetup = () => Promise<{
  readonly store: BlobStore
  readonly teardown?: () => Promise<void>
}>

type Check = (store: BlobStore) => Promise<void>

/**
 * Gives the promises that every blob store keeps, for any test runner:
 * `for (const { name, run } of blobStoreContract(setup)) it(name, run)`.
 */
export const blobStoreContract = (setup: BlobStoreSetup): readonly BlobStorePromise[] =>
  Object.entries(promises).map(([name, check]) => ({
    name,
    run: async () => {
      const { store, teardown } = await setup()
      try {
        await check(store)
      } finally {
        await teardown?.()
      }
    },
  }))

const helloDigest = 'sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824'
const emptyDigest = 'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
const hello: StoredBlob = { digest: helloDigest, size: 5 }
const absent = `sha256:${'0'.repeat(64)}`

const promises: Readonly<Record<string, Check>> = {
  'names a blob by the SHA-256 of its bytes': async (store) => {
    same(await store.put('hello'), hello)
    same(await store.put(''), { digest: emptyDigest, size: 0 })
  },
  'keeps nothing of content that has another digest than was stated': async (store) => {
    same(await store.put('hello', { digest: helloDigest }), hello)
    await store.remove(helloDigest)
    for (const content of ['hello', new Blob(['hel', 'lo'])]) {
      const error = await failureOf(() => store.put(content, { digest: emptyDigest }))
      same(codeOf(error), 'INVALID_VALUE')
    }
    same(await listed(store), [])
  },
  'takes text, buffers, views, blobs, streams and async iterables for the same content': async (
    store,
  ) => {
    for (const content of helloInEveryForm()) same(await store.put(content), hello)
    same(await listed(store), [hello])
  },
  'gives back what was put, whole and in ranges': async (store) => {
    await store.put('hello')
    same(await textOf(store, helloDigest), 'hello')
    same(await textOf(store, helloDigest, { start: 1, end: 3 }), 'el')
    same(await textOf(store, helloDigest, { start: 3 }), 'lo')
    same(await textOf(store, helloDigest, { start: 2, end: 99 }), 'llo')
    same(await textOf(store, helloDigest, { start: 3, end: 1 }), '')
    same(await textOf(store, helloDigest, { start: 99 }), '')
  },
  'refuses a range that is not of whole numbers from 0': async (store) => {
    await store.put('hello')
    for (const range of [{ start: -1 }, { end: 1.5 }, { start: Number.NaN }]) {
      const error = await failureOf(async () => gather(store.open(helloDigest, range)))
      same(error instanceof TypeError, true)
    }
  },
  'keeps content once, however often and however parallel it is put': async (store) => {
    const blobs = await Promise.all(Array.from({ length: 100 }, () => store.put(chunked('hello'))))
    for (const blob of blobs) same(blob, hello)
    same(await listed(store), [hello])
  },
  'lists blobs in the order of their digests, with sizes': async (store) => {
    const blobs = await Promise.all(['a', 'bb', 'ccc', ''].map((text) => store.put(text)))
    same(
      await listed(store),
      [...blobs].sort((a, b) => (a.digest < b.digest ? -1 : 1)),
    )
  },
  'knows what is there and what is not': async (store) => {
    await store.put('hello')
    same([await store.has(helloDigest), await store.size(helloDigest)], [true, 5])
    same([await store.has(absent), await store.size(absent)], [false, undefined])
    for (const digest of ['', 'hello', '../../etc/passwd', helloDigest.toUpperCase()]) {
      same([await store.has(digest), await store.size(digest)], [false, undefined])
      same(codeOf(await failureOf(() => gather(store.open(digest)))), 'ARTIFACT_NOT_FOUND')
    }
  },
  'says that a blob is not there on the first read': async (store) => {
    const chunks = store.open(absent)
    same(codeOf(await failureOf(() => gather(chunks))), 'ARTIFACT_NOT_FOUND')
    same(codeOf(await failureOf(() => store.verify(absent))), 'ARTIFACT_NOT_FOUND')
  },
  'proves a blob that is as it was stored': async (store) => {
    await store.put('hello')
    same(await store.verify(helloDigest), hello)
  },
  'removes a blob and no other, and can store it again': async (store) => {
    await store.put('hello')
    await store.put('other')
    await store.remove(helloDigest)
    await store.remove(helloDigest)
    for (const digest of [absent, '', '../../etc/passwd']) await store.remove(digest)
    same([await store.has(helloDigest), (await listed(store)).length], [false, 1])
    same(codeOf(await failureOf(() => gather(store.open(helloDigest)))), 'ARTIFACT_NOT_FOUND')
    same(await store.put('hello'), hello)
    same(await textOf(store, helloDigest), 'hello')
  },
  'keeps nothing of content that fails midway, and passes its error on': async (store) => {
    const broken = new Error('the source broke')
    async function* failing(): AsyncGenerator<Uint8Array, void> {
      yield new Uint8Array(200_000)
      throw broken
    }
    same((await failureOf(() => store.put(failing()))) === broken, true)
    same(await listed(store), [])
  },
  'keeps nothing of content that is aborted, and stops reading it': async (store) => {
    const controller = new AbortController()
    let isStopped = false
    async function* endless(): AsyncGenerator<Uint8Array, void> {
      try {
        for (let chunk = 0; ; chunk++) {
          if (chunk === 3) controller.abort()
          yield new Uint8Array(100_000)
        }
      } finally {
        isStopped = true
      }
    }
    await failureOf(() => store.put(endless(), { signal: controller.signal }))
    same([isStopped, await listed(store)], [true, []])
  },
  'refuses content, and chunks, of no known kind': async (store) => {
    async function* numbers(): AsyncGenerator<unknown, void> {
      yield 42
    }
    for (const content of [42, null, undefined, {}, [1], numbers()]) {
      // `as` because the call under test is the one that the compiler would refuse.
      const error = await failureOf(() => store.put(content as never))
      same(codeOf(error), 'INVALID_VALUE')
    }
    same(await listed(store), [])
  },
  'stores bytes as they were when put was called': async (store) => {
    const bytes = new TextEncoder().encode('hello')
    const putting = store.put(bytes)
    bytes.fill(0)
    same(await putting, hello)
    same(await textOf(store, helloDigest), 'hello')
  },
  'is not changed by a reader that writes into what it read': async (store) => {
    await store.put('hello')
    for await (const chunk of store.open(helloDigest)) chunk.fill(0)
    same(await store.verify(helloDigest), hello)
  },
}

const helloInEveryForm = () => {
  const bytes = new TextEncoder().encode('hello')
  const wider = new Uint8Array([1, ...bytes, 2])
  return [
    'hello',
    bytes,
    wider.subarray(1, 6),
    new DataView(wider.buffer, 1, 5),
    bytes.buffer,
    new Blob([bytes]),
    new Blob([bytes]).stream(),
    chunked('hello'),
  ]
}

/** One chunk a character: text and bytes in turn. */
async function* chunked(text: string): AsyncGenerator<Uint8Array | string, void> {
  for (const [at, char] of [...text].entries()) {
    yield at % 2 === 0 ? char : new TextEncoder().encode(char)
  }
}

const textOf = async (
  store: BlobStore,
  digest: string,
  range?: { start?: number; end?: number },
): Promise<string> => new TextDecoder().decode(await gather(store.open(digest, range)))

const listed = async (store: BlobStore): Promise<StoredBlob[]> => {
  const blobs: StoredBlob[] = []
  for await (const blob of store.list()) blobs.push(blob)
  return blobs
}

const failureOf = async (call: () => Promise<unknown>): Promise<unknown> => {
  try {
    await call()
  } catch (error) {
    return error
  }
  throw new Error('The call should have failed, and did not.')
}

const codeOf = (error: unknown): unknown =>
  typeof error === 'object' && error !== null && 'code' in error ? error.code : error

const same = (found: unknown, expected: unknown): void => {
  const [left, right] = [JSON.stringify(found), JSON.stringify(expected)]
  if (left !== right) throw new Error(`Expected ${right}, found ${left}.`)
}
