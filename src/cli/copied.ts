import type { StoreCopy } from '../keeping/index.ts'
import { cliError } from './errors.ts'
import { printFacts } from './output/print.ts'
import type { Values } from './values.ts'

/** Prints what a copy came to. */
export const printCopy = (values: Values, copy: StoreCopy): Promise<void> =>
  printFacts(values, { copy }, [
    ['store', copy.folder],
    ['events', copy.events],
    ['commits', copy.commits],
    ['artifacts', copy.artifacts],
    ['bytes', copy.bytes],
    ['head', copy.head],
  ])

/** The new folder that a store is made in. @throws `USAGE` */
export const newStore = (values: Values): string => {
  const folder = values.text('store')
  if (folder === undefined)
    throw cliError('USAGE', 'Where is the store to be made? Name a new folder with --store.')
  return folder
}
