import { cliError } from './errors.ts'
import { tell } from './io.ts'
import type { Values } from './values.ts'

/** The path in what `mlflow server` takes for a store: `sqlite:///mlflow.db`, `file:./mlruns`, `./mlruns`. */
const pathIn = (uri: string): string | undefined => {
  const local = /^(?:sqlite:\/\/\/|file:(?:\/\/)?)(.+)$/.exec(uri)?.[1]
  if (local !== undefined) return local
  return /^[a-z][\w+.-]+:/i.test(uri) ? undefined : uri
}

const howToImport = (uri: string): string => {
  const path = pathIn(uri)
  if (path === undefined)
    return `varve cannot read ${uri.replace(/\/\/[^/@]*@/, '//')} yet: it imports mlruns folders and SQLite files.`
  return `varve keeps a store of its own, into which another one is imported once: varve import mlflow ${path}`
}

const stores = ['backend-store-uri', 'registry-store-uri'] as const

/** Flags that say how many processes serve, and through which program: one does. */
const idle = ['workers', 'gunicorn-opts', 'waitress-opts', 'uvicorn-opts', 'dev'] as const

/**
 * Sees to the flags of `mlflow server` that mean something else here, or nothing.
 *
 * @throws `USAGE`
 */
export const foreignFlags = (values: Values): void => {
  for (const name of stores) {
    const uri = values.text(name)
    if (uri !== undefined) throw cliError('USAGE', `--${name} is not needed. ${howToImport(uri)}`)
  }
  if (values.text('app-name') !== undefined)
    throw cliError('USAGE', '--app-name is not needed. Say --auth to require a token of everybody.')
  if (values.flag('artifacts-only'))
    throw cliError(
      'USAGE',
      '--artifacts-only is not known here. Leave it out: all of it is served.',
    )
  if (values.negated('serve-artifacts') && values.text('default-artifact-root') === undefined)
    throw cliError(
      'USAGE',
      'Without --serve-artifacts clients write artifacts themselves. Say where with --default-artifact-root.',
    )
  for (const name of idle)
    if (values.has(name)) tell(`--${name} is of no effect: one process serves everybody.`)
  if (values.has('expose-prometheus'))
    tell('--expose-prometheus is of no effect: /metrics is always there.')
}
