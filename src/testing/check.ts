/** Small checks, so that the suites need no test runner of their own. */

/** Throws unless both values are the same as JSON shows them. */
export const same = (found: unknown, expected: unknown): void => {
  const [left, right] = [JSON.stringify(found), JSON.stringify(expected)]
  if (left !== right) throw new Error(`Expected ${right}, found ${left}.`)
}

/** The error that a call fails with. */
export const failureOf = async (call: () => Promise<unknown>): Promise<unknown> => {
  let answer: unknown
  try {
    answer = await call()
  } catch (error) {
    return error
  }
  throw new Error(`The call should have failed, and gave ${JSON.stringify(answer)}.`)
}

export const collect = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}
