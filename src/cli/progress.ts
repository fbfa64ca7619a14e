import { tell } from './io.ts'

/** Where nobody looks at a terminal, a line now and then is enough. */
const quietMs = 10_000

/** Gives a function that says how far long work has come: in place on a terminal, else every ten seconds. */
export const progressLine = (): ((text: string) => void) => {
  const isTerminal = process.stderr.isTTY === true
  let last = isTerminal ? 0 : Date.now()
  return (text) => {
    const now = Date.now()
    if (now - last < (isTerminal ? 100 : quietMs)) return
    last = now
    if (isTerminal) process.stderr.write(`\r\u001b[K${text}`)
    else tell(text)
  }
}
