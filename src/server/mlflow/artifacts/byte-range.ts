/** Which bytes of a file are asked for: all of them, some, or some that it does not have. */
export type AskedRange = 'whole' | 'none' | { readonly start: number; readonly end: number }

const RANGE = /^bytes=(\d*)-(\d*)$/

/** Reads a `Range` header of one range, `end` exclusive; any other header counts as none. */
export const rangeOf = (header: string | null, size: number): AskedRange => {
  const [, first = '', last = ''] = RANGE.exec(header ?? '') ?? []
  if (first === '' && last === '') return 'whole'
  if (first === '') {
    const count = Number(last)
    if (count === 0 || size === 0) return 'none'
    return { start: Math.max(0, size - count), end: size }
  }
  const start = Number(first)
  const end = last === '' ? size : Math.min(size, Number(last) + 1)
  if (last !== '' && Number(last) < start) return 'whole'
  return start < size ? { start, end } : 'none'
}
