import { createWriteStream } from 'node:fs'
import { rename, rm, stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { exportArchive, exportEvents } from '../../keeping/index.ts'
import type { CommandRun } from '../command.ts'
import { cliError } from '../errors.ts'
import { interruption, print, tell } from '../io.ts'
import { withStore } from '../with-store.ts'

type Pieces = AsyncIterable<Uint8Array | string>

/** Writes a file that is there whole, or not at all. @throws `FILE_EXISTS` */
const writeWhole = async (pieces: Pieces, path: string, signal: AbortSignal): Promise<void> => {
  if ((await stat(path).catch(() => undefined)) !== undefined)
    throw cliError('FILE_EXISTS', `${path} is there already. Name a new file.`, { data: { path } })
  const draft = `${path}.part`
  try {
    await pipeline(
      Readable.from(pieces, { objectMode: true }),
      createWriteStream(draft, { flush: true }),
      {
        signal,
      },
    )
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { force: true })
    throw signal.aborted ? signal.reason : error
  }
}

export const run: CommandRun = async ({ values }) => {
  const to = values.text('to')
  if (to === undefined)
    throw cliError('USAGE', 'Where to? Say it with --to, such as --to store.varve; - is stdout.')
  const signal = interruption()
  await withStore(values, async (varve) => {
    const pieces: Pieces = values.flag('events')
      ? exportEvents(varve, { signal })
      : exportArchive(varve, { signal })
    if (to !== '-') return await writeWhole(pieces, to, signal)
    for await (const piece of pieces) await print(piece)
  })
  if (to !== '-') tell(`${to} is written.`)
  return undefined
}
