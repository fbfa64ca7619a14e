import {
  artifactFolderDigests,
  artifactFoldersProjection,
  type BlobStore,
} from './artifacts/index.ts'
import { type Broken, engineChecks, verifyEngine } from './kernel/verify-engine.ts'
import { hexOf } from './log-info.ts'
import { projections, type Store } from './store.ts'
import { artifactDigests, runsProjection } from './tracking/index.ts'
import type { Verification } from './varve.ts'

/** Checks the log, the read models, and the bytes of every artifact. */
export const verifyStore = async (store: Store): Promise<Verification> => {
  const { engine, blobs } = store
  const { verified, broken } = await verifyEngine(engine, projections)
  const digests = new Set([
    ...artifactDigests(engine.state(runsProjection)),
    ...artifactFolderDigests(engine.state(artifactFoldersProjection)),
  ])
  const artifacts = await verifyArtifacts(blobs, digests)
  const all = [...(store.rescued?.broken ?? []), ...broken, ...artifacts.broken]
  return {
    ok: all.length === 0,
    events: verified?.events ?? 0,
    commits: verified?.commits ?? 0,
    artifacts: artifacts.count,
    erased: verified?.erased ?? 0,
    head: {
      position: (verified?.head.next ?? 0) - 1,
      hash: hexOf(verified?.head.hash ?? new Uint8Array(0)),
    },
    checked: [...engineChecks, 'artifacts', ...(store.rescued === undefined ? [] : ['files'])],
    broken: all,
  }
}

const verifyArtifacts = async (
  blobs: BlobStore,
  digests: Iterable<string>,
): Promise<{ count: number; broken: Broken[] }> => {
  const broken: Broken[] = []
  let count = 0
  for (const digest of digests) {
    count += 1
    try {
      await blobs.verify(digest)
    } catch (error) {
      broken.push({
        check: 'artifacts',
        message: error instanceof Error ? error.message : String(error),
      })
    }
  }
  return { count, broken }
}
