import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** How large a folder to generate. */
export interface Size {
  readonly runs: number
  /** Files of metrics of each run, and lines of each file. */
  readonly metrics: number
  readonly points: number
}

const began = 1_700_000_000_000

const experiment = `artifact_location: file:///nowhere/mlruns/1
creation_time: ${began}
experiment_id: '1'
last_update_time: ${began}
lifecycle_stage: active
name: large
`

const metaOf = (
  id: string,
  at: number,
): string => `artifact_uri: file:///nowhere/mlruns/1/${id}/artifacts
end_time: ${began + at + 900_000_000}
entry_point_name: ''
experiment_id: '1'
lifecycle_stage: active
run_id: ${id}
run_name: run ${at}
run_uuid: ${id}
source_name: ''
source_type: 4
source_version: ''
start_time: ${began + at}
status: 3
tags: []
user_id: ana
`

/** Writes a metric's file, waiting for the disk: the generator's own memory is bounded, too. */
const writeMetric = async (path: string, points: number): Promise<number> => {
  const file = createWriteStream(path)
  let bytes = 0
  for (let step = 0; step < points; step += 1000) {
    const lines = Array.from({ length: Math.min(1000, points - step) }, (_, n) => {
      const at = step + n
      // Eight steps at a time, as by a client that logs in batches.
      return `${began + 1000 + (at >> 3) * 80} ${Math.exp(-at / 10_000) + Math.sin(at) / 100} ${at}\n`
    }).join('')
    bytes += lines.length
    if (!file.write(lines)) await once(file, 'drain')
  }
  file.end()
  await once(file, 'close')
  return bytes
}

/** Generates an `mlruns` folder with long metrics, and gives how many bytes they have. */
export const generateMlruns = async (
  root: string,
  { runs, metrics, points }: Size,
): Promise<number> => {
  const folder = join(root, '1')
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'meta.yaml'), experiment)
  let bytes = 0
  for (let run = 0; run < runs; run++) {
    const id = run.toString(16).padStart(32, '0')
    const home = join(folder, id)
    for (const name of ['metrics', 'params', 'tags', 'artifacts'])
      await mkdir(join(home, name), { recursive: true })
    await writeFile(join(home, 'meta.yaml'), metaOf(id, run))
    await writeFile(join(home, 'params', 'depth'), String(run))
    for (let metric = 0; metric < metrics; metric++)
      bytes += await writeMetric(join(home, 'metrics', `loss-${metric}`), points)
  }
  return bytes
}
