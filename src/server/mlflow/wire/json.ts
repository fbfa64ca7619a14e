/** A number as its sender wrote it, where a JavaScript number would not tell: `9.0`, 2^63, `NaN`. */
export class NumberText {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** What a request holds. Objects may have any key, `__proto__` too: look with `Object.hasOwn`. */
export type Json =
  | null
  | boolean
  | string
  | number
  | NumberText
  | readonly Json[]
  | { readonly [key: string]: Json }

export type JsonObject = { readonly [key: string]: Json }

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  !(value instanceof NumberText)

const WHITE = /[ \t\n\r]*/y
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const LITERAL = /true|false|null|NaN|-?Infinity/y
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON has none in its strings.
const STRING = /"(?:[^"\\\u0000-\u001f]|\\.)*"/y

const literals: ReadonlyMap<string, null | boolean> = new Map([
  ['true', true],
  ['false', false],
  ['null', null],
])

/** How deep lists and objects may stand in each other: what reads them later is recursive too. */
const MAX_DEPTH = 100

class Reader {
  readonly #text: string
  #at = 0
  #depth = 0

  constructor(text: string) {
    this.#text = text
  }

  whole(): Json {
    const value = this.#value()
    this.#take(WHITE)
    if (this.#at < this.#text.length) throw this.#unexpected()
    return value
  }

  #value(): Json {
    this.#take(WHITE)
    const first = this.#text[this.#at]
    if (first === '{') return this.#deeper(() => this.#object())
    if (first === '[') return this.#deeper(() => this.#list())
    if (first === '"') return this.#string()
    const literal = this.#take(LITERAL)
    const known = literals.get(literal)
    if (known !== undefined) return known
    if (literal !== '') return new NumberText(literal)
    const number = this.#take(NUMBER)
    if (number === '') throw this.#unexpected()
    return new NumberText(number)
  }

  #deeper<T>(read: () => T): T {
    this.#depth += 1
    if (this.#depth > MAX_DEPTH) throw new SyntaxError('JSON is too deep')
    const value = read()
    this.#depth -= 1
    return value
  }

  #object(): JsonObject {
    const object: Record<string, Json> = Object.create(null)
    this.#items('}', () => {
      const key = this.#string()
      this.#expect(':')
      object[key] = this.#value()
    })
    return object
  }

  #list(): readonly Json[] {
    const list: Json[] = []
    this.#items(']', () => list.push(this.#value()))
    return list
  }

  #items(end: string, read: () => unknown): void {
    this.#at += 1
    if (this.#next(end)) return
    do {
      this.#take(WHITE)
      read()
    } while (this.#next(','))
    this.#expect(end)
  }

  #string(): string {
    const text = this.#take(STRING)
    if (text === '') throw this.#unexpected()
    return JSON.parse(text)
  }

  #next(sign: string): boolean {
    this.#take(WHITE)
    if (this.#text[this.#at] !== sign) return false
    this.#at += 1
    return true
  }

  #expect(sign: string): void {
    if (!this.#next(sign)) throw this.#unexpected()
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)?.[0] ?? ''
    this.#at += found.length
    return found
  }

  #unexpected(): Error {
    return new SyntaxError(`JSON cannot be read at ${this.#at}`)
  }
}

/**
 * Reads JSON as Python does: `NaN` and `Infinity` may stand bare, and numbers keep their text.
 *
 * @throws SyntaxError
 */
export const parseExactJson = (text: string): Json => new Reader(text).whole()

/** Digits that a JavaScript number may not hold. */
const LONG_NUMBER = /\d{16}/

/**
 * Reads JSON, with JavaScript's own parser where its numbers tell the same.
 *
 * @throws SyntaxError
 */
export const parseJson = (text: string): Json => {
  if (LONG_NUMBER.test(text)) return parseExactJson(text)
  try {
    return JSON.parse(text)
  } catch {
    return parseExactJson(text)
  }
}

/** What an answer is made of: numbers are written as JSON knows them, but NaN and infinities as text. */
export type Answer =
  | null
  | boolean
  | string
  | number
  | readonly Answer[]
  | { readonly [key: string]: Answer | undefined }

/** A double as protobuf's JSON has it. */
export const double = (value: number): number | string =>
  Number.isFinite(value) ? value : String(value)

/** JSON with bare `NaN` and `Infinity`, as Python's own writer puts them. */
export const bareJson = (value: Answer): string => {
  if (typeof value === 'number') return Object.is(value, -0) ? '-0.0' : String(value)
  if (Array.isArray(value)) return `[${value.map(bareJson).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const fields = Object.entries(value).flatMap(([key, field]) =>
    field === undefined ? [] : [`${JSON.stringify(key)}:${bareJson(field)}`],
  )
  return `{${fields.join(',')}}`
}
