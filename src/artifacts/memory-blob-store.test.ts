import { describe, it } from 'vitest'
import { blobStoreContract } from '../testing/blob-store-contract.ts'
import { memoryBlobStore } from './memory-blob-store.ts'

describe('a blob store in memory', () => {
  for (const { name, run } of blobStoreContract(async () => ({ store: memoryBlobStore() }))) {
    it(name, run)
  }
})
