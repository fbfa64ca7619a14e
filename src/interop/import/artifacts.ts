import { createHash } from 'node:crypto'
import { artifactPath, type StoredBlob, type TreeFile } from '../../artifacts/index.ts'
import { codeOf } from '../../kernel/errors.ts'
import type { SourceArtifact, SourceRun } from '../mlflow/index.ts'
import { messageOf } from '../mlflow/problems.ts'
import type { ImportContext } from './context.ts'
import { checkSignal } from './sink.ts'
import type { Stated } from './stated.ts'
import { field } from './statements.ts'

export interface RunArtifact extends TreeFile {
  readonly isNew: boolean
}

/** Most of the time of a small file is waiting for the disk, which can do several at once. */
const atOnce = 8

/** Stores the bytes of a run's artifacts, so that they are there before an event says so. */
export const storeArtifacts = async (
  context: ImportContext,
  run: SourceRun,
  stated: Stated,
): Promise<readonly RunArtifact[]> => {
  if (!context.wantsArtifacts) return []
  const found: RunArtifact[] = []
  let batch: SourceArtifact[] = []
  const storeBatch = async (): Promise<void> => {
    checkSignal(context)
    const stored = await storeAll(context, batch, { run, stated })
    batch = []
    found.push(...stored)
  }
  for await (const artifact of run.artifacts()) {
    context.tally.reads({ artifacts: 1 })
    batch.push(artifact)
    if (batch.length === atOnce) await storeBatch()
  }
  await storeBatch()
  if (context.modelRuns.has(run.id)) context.modelRuns.set(run.id, found)
  return found
}

/** Waits for all of them, also when one fails: nothing is read any more after an import has ended. */
const storeAll = async (
  context: ImportContext,
  artifacts: readonly SourceArtifact[],
  place: Omit<Place, 'artifact'>,
): Promise<RunArtifact[]> => {
  const results = await Promise.allSettled(
    artifacts.map((artifact) => storeArtifact(context, { ...place, artifact })),
  )
  return results.flatMap((result) => {
    if (result.status === 'rejected') throw result.reason
    return result.value ?? []
  })
}

interface Place {
  readonly artifact: SourceArtifact
  readonly run: SourceRun
  readonly stated: Stated
}

const storeArtifact = async (
  { blobs, signal, tally }: ImportContext,
  { artifact, run, stated }: Place,
): Promise<RunArtifact | undefined> => {
  try {
    const path = artifactPath(artifact.path)
    const known = stated.get(field.artifact(path))
    const same = known === undefined ? undefined : await digestOf(artifact)
    if (same !== undefined && !stated.isNew(field.artifact(path), same.digest)) {
      return { path, ...same, isNew: false }
    }
    const blob = await blobs.put(artifact.open(), signal === undefined ? {} : { signal })
    return { path, ...blob, isNew: true }
  } catch (error) {
    if (signal?.aborted === true || codeOf(error) === 'ARTIFACT_WRITE_FAILED') throw error
    const file = `${run.experiment}/${run.id}/artifacts/${artifact.path}`
    tally.refuse(file, `${messageOf(error)} The artifact is left out.`)
    return undefined
  }
}

const digestOf = async (artifact: SourceArtifact): Promise<StoredBlob> => {
  const hash = createHash('sha256')
  let size = 0
  for await (const chunk of artifact.open()) {
    hash.update(chunk)
    size += chunk.length
  }
  return { digest: `sha256:${hash.digest('hex')}`, size }
}
