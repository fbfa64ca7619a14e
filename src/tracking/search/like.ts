/** Letters of either case as one; the two small sigmas of Greek are one letter too. */
const fold = (text: string): string => text.toLowerCase().replaceAll('ς', 'σ')

/**
 * A test for SQL's LIKE: `%` is any text, `_` one character (code point), over the whole value, newlines
 * included; there is no escape. Case-sensitive unless told otherwise.
 *
 * Takes at most |pattern| × |value| steps, whatever the pattern: there is no exponential case.
 */
export const like = (pattern: string, ignoreCase: boolean): ((value: string) => boolean) => {
  if (ignoreCase) {
    const folded = like(fold(pattern), false)
    return (value) => folded(fold(value))
  }
  if (!pattern.includes('_')) return likeParts(pattern.split('%'))
  const wanted = Array.from(pattern)
  return (value) => matchesWildcards(wanted, Array.from(value))
}

/** Without `_` a pattern is texts that follow one another: the engine's own string search finds them. */
const likeParts = (parts: readonly string[]): ((value: string) => boolean) => {
  const [head = ''] = parts
  const tail = parts.at(-1) ?? ''
  if (parts.length === 1) return (value) => value === head
  const middle = parts.slice(1, -1)
  return (value) => {
    if (!value.startsWith(head) || !value.endsWith(tail)) return false
    let at = head.length
    for (const part of middle) {
      const found = value.indexOf(part, at)
      if (found < 0) return false
      at = found + part.length
    }
    return at + tail.length <= value.length
  }
}

/** Goes back to the last `%` only: an earlier one never needs to take more. */
const matchesWildcards = (pattern: readonly string[], value: readonly string[]): boolean => {
  let at = 0
  let star = -1
  let resume = 0
  for (let index = 0; index < value.length; ) {
    if (pattern[at] === '%') {
      star = at++
      resume = index
    } else if (pattern[at] === '_' || pattern[at] === value[index]) {
      at++
      index++
    } else if (star >= 0) {
      at = star + 1
      index = ++resume
    } else return false
  }
  while (pattern[at] === '%') at++
  return at === pattern.length
}
