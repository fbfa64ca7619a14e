/** npm hands a Ctrl-C on to a process that the terminal has told already. */
const echo = 1000

/**
 * Aborts on Ctrl-C, and when nobody reads any more what is printed. Another Ctrl-C, more than a second later,
 * ends the process at once.
 */
export const interruption = (): AbortSignal => {
  const controller = new AbortController()
  const stop = (): void => controller.abort(new Error('Interrupted.'))
  let first: number | undefined
  process.on('SIGINT', () => {
    first ??= Date.now()
    if (Date.now() - first > echo) process.exit(130)
    stop()
  })
  process.stdout.on('error', stop)
  return controller.signal
}
