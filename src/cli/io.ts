import { cliError } from './errors.ts'

/** What a terminal would act upon instead of showing it. */
const CONTROLS = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu

/** Text from a store as one line that a terminal shows and does not obey. */
export const shownText = (text: string): string =>
  text.replaceAll(CONTROLS, (sign) => {
    if (sign === '\n') return '\\n'
    if (sign === '\t') return '\\t'
    return `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`
  })

/** Prints data; resolves when there is room for more. */
export const print = (text: string | Uint8Array): Promise<void> =>
  new Promise((resolve) => {
    if (process.stdout.write(text)) resolve()
    else process.stdout.once('drain', resolve)
  })

export const printLine = (line: string): Promise<void> => print(`${line}\n`)

/** Tells the person who waits something beside the data. */
export const tell = (line: string): void => {
  process.stderr.write(`${line}\n`)
}

/** npm hands a Ctrl-C on to a process that the terminal has told already. */
const echo = 1000

/** Aborts on Ctrl-C, and when the process is told to end. Another, a second later, ends it at once. */
export const interruption = (): AbortSignal => {
  const controller = new AbortController()
  let first: number | undefined
  const stop = (): void => {
    first ??= Date.now()
    if (Date.now() - first > echo) process.exit(130)
    controller.abort(cliError('INTERRUPTED', 'Interrupted. What was acknowledged before is kept.'))
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  return controller.signal
}

/** Resolves when a signal is aborted. */
export const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
