import { open } from '../index.ts'
import { codeOf } from '../kernel/errors.ts'
import {
  auditChapter,
  comparisonChapter,
  nowChapter,
  thenChapter,
  verifyChapter,
  whyChapter,
} from './answers.ts'
import { clearFolder, inspectFolder, markAsDemo, shortPath } from './folder.ts'
import { importChapter } from './import.ts'
import { interruption } from './interruption.ts'
import { readOptions, usage } from './options.ts'
import { model, type Stage } from './stage.ts'
import { linearChapter, networkChapter, rollbackChapter } from './story.ts'
import { loadPenguins } from './training.ts'

const print = (text = ''): void => console.log(text)

/** Tells the whole story; `false` when verification found something broken. */
const play = async (stage: Stage): Promise<boolean> => {
  const data = await loadPenguins()
  await importChapter(stage)
  await linearChapter(stage, data)
  await networkChapter(stage, data)
  await rollbackChapter(stage, data)
  await comparisonChapter(stage)
  await nowChapter(stage)
  await thenChapter(stage)
  await whyChapter(stage)
  await auditChapter(stage)
  return await verifyChapter(stage)
}

/** Opens the store, tells the story and closes it. Gives the exit code. */
const run = async (folder: string, signal: AbortSignal): Promise<number> => {
  const varve = await open(folder)
  try {
    markAsDemo(folder)
    const intact = await play({ varve, print, signal })
    if (intact) print(invitation(shortPath(folder)))
    return intact ? 0 : 1
  } finally {
    await varve.close()
  }
}

const invitation = (folder: string): string => `
The store stays in ${folder}. Ask it yourself: save this as ask.mjs here, and run node ask.mjs

import { open } from 'varve'
const varve = await open(${JSON.stringify(folder)})
console.log(await varve.registry.current('${model}', 'Production'))
console.log(await varve.asOf('2023-05-29').registry.current('model', 'Staging'))
await varve.close()`

/** A store that another process holds is not removed under its feet. @throws `LOG_LOCKED` */
const refuseIfHeld = async (folder: string): Promise<void> => {
  if (inspectFolder(folder) !== 'demo') return
  try {
    const varve = await open(folder)
    await varve.close()
  } catch (error) {
    if (codeOf(error) === 'LOG_LOCKED') throw error
  }
}

const main = async (args: readonly string[]): Promise<number> => {
  const signal = interruption()
  try {
    const { folder, fresh, help } = readOptions(args)
    if (help) {
      print(usage)
      return 0
    }
    if (fresh) await refuseIfHeld(folder)
    clearFolder(folder, fresh)
    return await run(folder, signal)
  } catch (error) {
    if (signal.aborted) {
      console.error('Interrupted. The store is closed; what was recorded up to here is in it.')
      return 130
    }
    if (codeOf(error) === undefined) throw error
    console.error(error instanceof Error ? error.message : String(error))
    return 2
  }
}

process.exitCode = await main(process.argv.slice(2))
