import { cliError } from './errors.ts'

/** The options that were given, by name without dashes: `as-of`. */
export interface Values {
  readonly has: (name: string) => boolean
  readonly flag: (name: string) => boolean
  /** Whether `--no-<name>` was given. */
  readonly negated: (name: string) => boolean
  readonly text: (name: string) => string | undefined
  /** @throws `USAGE` for what is no whole number of at least `min`. */
  readonly whole: (name: string, min?: number) => number | undefined
  /** What was given several times; commas part as well. */
  readonly list: (name: string) => readonly string[]
}

export const valuesOf = (given: ReadonlyMap<string, unknown>): Values => {
  const text = (name: string): string | undefined => {
    const value = given.get(name)
    return typeof value === 'string' ? value : undefined
  }
  return {
    has: (name) => given.get(name) !== undefined,
    flag: (name) => given.get(name) === true,
    negated: (name) => given.get(name) === false,
    text,
    whole: (name, min = 0) => {
      const value = text(name)
      if (value === undefined) return undefined
      const number = Number(value)
      if (/^\d+$/.test(value) && Number.isSafeInteger(number) && number >= min) return number
      throw cliError('USAGE', `--${name} is "${value}". Give a whole number of at least ${min}.`)
    },
    list: (name) => {
      const value = given.get(name)
      const items: readonly unknown[] = Array.isArray(value) ? value : [value ?? '']
      return items.flatMap((item) => String(item).split(',')).filter((item) => item !== '')
    },
  }
}

/**
 * A moment as it is typed: digits are a position.
 *
 * What else it may be is understood by the store.
 */
export const whenOf = (text: string): number | string =>
  /^\d{1,15}$/.test(text) ? Number(text) : text

/** A version's number as it is typed. @throws `USAGE` */
export const versionOf = (text: string): number => {
  const number = Number(text)
  if (/^\d+$/.test(text) && Number.isSafeInteger(number) && number > 0) return number
  throw cliError('USAGE', `"${text}" is no version. Versions are numbers from 1, such as 3.`)
}
