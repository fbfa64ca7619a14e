/** Gives a function that runs jobs, at most so many at a time, in the order in which they were given. */
export const atMost = (limit: number): (<T>(job: () => Promise<T>) => Promise<T>) => {
  const waiting: (() => void)[] = []
  let running = 0
  return async (job) => {
    if (running < limit) running++
    else await new Promise<void>((begin) => waiting.push(begin))
    try {
      return await job()
    } finally {
      // A place is handed on, not given back, so that no newcomer slips in before the next in line.
      const next = waiting.shift()
      if (next === undefined) running--
      else next()
    }
  }
}
