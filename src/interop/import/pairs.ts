import { wellFormed } from '../../kernel/events/storable.ts'
import type { Pairs } from '../mlflow/index.ts'
import type { Tally } from './tally.ts'

/** An event holds at most 1 MiB; several smaller ones are read sooner. */
const maxPack = 256 * 1024
const maxPair = 900 * 1024

/** Pairs in packs that fit an event each. */
export const packs = (pairs: Pairs): [string, string][][] => {
  const all: [string, string][][] = []
  let size = maxPack
  for (const [key, value] of pairs) {
    size += key.length + value.length
    if (size > maxPack) {
      all.push([])
      size = key.length + value.length
    }
    all.at(-1)?.push([key, value])
  }
  return all
}

/** The pairs that can be stored; the others are refused one by one. */
export const fitting = (
  pairs: Pairs,
  { what, file, tally }: { readonly what: string; readonly file: string; readonly tally: Tally },
): Pairs =>
  pairs.filter(([key, value]) => {
    const why = unfit(key, value)
    if (why === undefined) return true
    tally.refuse(file, `The ${what} ${JSON.stringify(key.slice(0, 100))} ${why}; it is left out.`)
    return false
  })

const unfit = (key: string, value: string): string | undefined => {
  if (key === '') return 'has an empty name'
  if (key.length + value.length > maxPair) return 'is longer than 900 KiB'
  try {
    wellFormed(key, 'pair', 'key')
    wellFormed(value, 'pair', 'value')
    return undefined
  } catch {
    return 'is not well-formed Unicode'
  }
}
