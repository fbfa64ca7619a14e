import type { EventLog } from './event-log.ts'

/** The beginning of a log: what comes from a position on is not there. */
export const prefixOf = (log: EventLog, next: number): EventLog => ({
  supports: log.supports,
  entries: log.entries,
  append: (commit, entries) => log.append(commit, entries),
  last: () => log.at(next - 1),
  at: (position, first) => (position < next ? log.at(position, first) : log.at(next - 1)),
  async *read(from) {
    for await (const commits of log.read(Math.min(from, next - 1))) {
      const within = commits.filter(({ first }) => first < next)
      if (within.length > 0) yield within
      if (within.length < commits.length) return
    }
  },
  size: () => log.size(),
  close: () => log.close(),
  [Symbol.asyncDispose]: () => log.close(),
})
