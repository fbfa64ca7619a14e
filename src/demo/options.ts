import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { demoError } from './errors.ts'

export interface DemoOptions {
  /** Where the store goes, absolute. */
  readonly folder: string
  /** Removes the store of an earlier demo first. */
  readonly fresh: boolean
  readonly help: boolean
}

export const usage = `npm run demo [-- [--fresh] [folder]]

  folder    where the store goes; ./varve-demo unless given
  --fresh   removes the store of an earlier demo first`

/** @throws `DEMO_USAGE` */
export const readOptions = (args: readonly string[]): DemoOptions => {
  const { values, positionals } = parse(args)
  const [folder = 'varve-demo', surplus] = positionals
  if (surplus !== undefined) {
    throw demoError(
      'DEMO_USAGE',
      `The demo takes one folder, not ${positionals.length}.\n\n${usage}`,
    )
  }
  return { folder: resolve(folder), fresh: values.fresh, help: values.help }
}

interface Parsed {
  readonly values: { readonly fresh: boolean; readonly help: boolean }
  readonly positionals: readonly string[]
}

const parse = (args: readonly string[]): Parsed => {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        fresh: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw demoError('DEMO_USAGE', `${reason}\n\n${usage}`, { cause })
  }
}
