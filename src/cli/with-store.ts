import { stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { defaultStore, storePath } from '#platform'
import { open } from '../open.ts'
import type { Varve, VarveView } from '../varve.ts'
import { cliError } from './errors.ts'
import { tell } from './io.ts'
import { type Values, whenOf } from './values.ts'

/** The folder of the store that a command means. */
export const storeFolder = (values: Values): string =>
  storePath(values.text('store') ?? defaultStore())

/** Whether there is a store in a folder, however damaged. */
export const hasStore = async (folder: string): Promise<boolean> =>
  await stat(join(folder, 'log')).then(
    (found) => found.isDirectory(),
    () => false,
  )

/** @throws `NO_STORE` */
export const existingStore = async (values: Values): Promise<string> => {
  const folder = storeFolder(values)
  if (await hasStore(folder)) return folder
  throw cliError(
    'NO_STORE',
    `There is no store in ${folder}. Name one with --store or VARVE_STORE, or make one.`,
  )
}

/** Says which store is meant where that was not said. */
const mention = (values: Values, folder: string): void => {
  if (values.has('store') || process.stderr.isTTY !== true) return
  tell(`using ${relative(process.cwd(), folder) || '.'} (local)`)
}

/** Opens the store that is meant, and closes it again. @throws `NO_STORE`, and what `open` throws. */
export const withStore = async <T>(
  values: Values,
  use: (varve: Varve) => Promise<T>,
): Promise<T> => {
  const folder = await existingStore(values)
  mention(values, folder)
  const varve = await open(folder)
  try {
    return await use(varve)
  } finally {
    await varve.close()
  }
}

/** Opens the store that is meant, at the moment that is meant. */
export const withView = <T>(values: Values, use: (view: VarveView) => Promise<T>): Promise<T> => {
  const moment = values.text('as-of')
  return withStore(values, (varve) =>
    use(moment === undefined ? varve : varve.asOf(whenOf(moment))),
  )
}
