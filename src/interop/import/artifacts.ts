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

/** Stores the bytes of a run's artifacts, so that they are there before an event says so. */
export const storeArtifacts = async (
  context: ImportContext,
  run: SourceRun,
  stated: Stated,
): Promise<readonly RunArtifact[]> => {
  const found: RunArtifact[] = []
  if (!context.wantsArtifacts) return found
  for await (const artifact of run.artifacts()) {
    checkSignal(context)
    context.tally.reads({ artifacts: 1 })
    const file = await storeArtifact(context, { artifact, run, stated })
    if (file !== undefined) found.push(file)
  }
  if (context.modelRuns.has(run.id)) context.modelRuns.set(run.id, found)
  return found
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
