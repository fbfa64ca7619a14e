import { hostname } from 'node:os'
import type { Answered } from '../server/index.ts'
import { shownText, tell } from './io.ts'

/** What a server says of itself while it runs, on stderr. */
export interface LogLine {
  readonly say: (message: string) => void
  readonly answer: (answer: Answered) => void
  readonly problem: (error: unknown, where: string) => void
}

/** Levels as pino numbers them. */
const levels = { info: 30, warn: 40, error: 50 } as const

/** Asked every few seconds by what keeps a server running: no news. */
const isProbe = ({ path }: Answered): boolean => /\/(?:health|livez|readyz|metrics)$/.test(path)

const levelOf = (status: number): number => {
  if (status >= 500) return levels.error
  return status >= 400 ? levels.warn : levels.info
}

/** Lines of JSON, shaped as pino's and pino-http's. */
const jsonLog = (): LogLine => {
  const pid = process.pid
  const host = hostname()
  const write = (level: number, fields: Readonly<Record<string, unknown>>, msg: string): void =>
    tell(
      JSON.stringify({
        level,
        time: Date.now(),
        pid,
        hostname: host,
        name: 'varve',
        ...fields,
        msg,
      }),
    )
  return {
    say: (message) => write(levels.info, {}, message),
    answer: ({ id, method, path, status, milliseconds }) => {
      const fields = {
        req: { id, method, url: path },
        res: { statusCode: status },
        responseTime: Number(milliseconds.toFixed(3)),
      }
      write(levelOf(status), fields, 'request completed')
    },
    problem: (error, where) => {
      const err =
        error instanceof Error
          ? { type: error.name, message: error.message, stack: error.stack }
          : { message: String(error) }
      write(levels.error, { where, err }, err.message)
    },
  }
}

/** Short lines, for people. */
const shortLog = (): LogLine => {
  const write = (line: string): void => tell(`${new Date().toISOString().slice(11, 19)} ${line}`)
  return {
    say: write,
    answer: ({ method, path, status, milliseconds }) =>
      write(`${status} ${shownText(method)} ${shownText(path)} ${milliseconds.toFixed(1)} ms`),
    problem: (error, where) =>
      write(`${where}: ${shownText(error instanceof Error ? error.message : String(error))}`),
  }
}

export const serverLog = ({
  json,
  quiet,
}: {
  readonly json: boolean
  readonly quiet: boolean
}): LogLine => {
  const { say, answer, problem } = json ? jsonLog() : shortLog()
  return {
    say,
    problem,
    answer: (given) => {
      if (!quiet && !isProbe(given)) answer(given)
    },
  }
}
