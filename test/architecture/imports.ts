/** One import of a source file: static, re-export, type or dynamic. */
export interface Import {
  readonly specifier: string
  readonly line: number
  /** `import type`, `export type … from` or nothing but `type` names: gone after compilation. */
  readonly typeOnly: boolean
}

interface Token {
  readonly kind: 'word' | 'string' | 'mark'
  readonly text: string
  readonly line: number
}

/** After these a `/` starts a regular expression; after any other word, a number or a bracket it divides. */
const beforeRegex =
  /^(?:return|typeof|case|in|of|do|else|void|delete|throw|new|await|yield|[^\w)\]}])$/

const word = /[\p{ID_Start}\p{ID_Continue}$#@]+/uy

/** Where a quoted string that starts at `from` ends, or the end of its line if it is never closed. */
const endOfQuoted = (source: string, from: number): number => {
  const quote = source[from]
  for (let at = from + 1; at < source.length; at++) {
    if (source[at] === '\\') at++
    else if (source[at] === quote) return at + 1
    else if (source[at] === '\n') return at
  }
  return source.length
}

/** Where a regular expression that starts at `from` ends, flags included. */
const endOfRegex = (source: string, from: number): number => {
  let inClass = false
  for (let at = from + 1; at < source.length; at++) {
    const char = source[at]
    if (char === '\\') at++
    else if (char === '\n') return at
    else if (char === '[') inClass = true
    else if (char === ']') inClass = false
    else if (char === '/' && !inClass) return at + 1
  }
  return source.length
}

/** Where the text of a template ends: after its closing backtick, or after the `${` of a hole. */
const endOfTemplateText = (source: string, from: number): { end: number; hole: boolean } => {
  for (let at = from; at < source.length; at++) {
    if (source[at] === '\\') at++
    else if (source[at] === '`') return { end: at + 1, hole: false }
    else if (source.startsWith('${', at)) return { end: at + 2, hole: true }
  }
  return { end: source.length, hole: false }
}

const endOfComment = (source: string, from: number): number => {
  const [mark, length] = source[from + 1] === '/' ? ['\n', 0] : ['*/', 2]
  const end = source.indexOf(mark, from + 2)
  return end === -1 ? source.length : end + length
}

/** A reader of TypeScript that knows just enough to tell code from comments, strings and patterns. */
class Tokens {
  readonly list: Token[] = []
  readonly #source: string
  #at = 0
  #line = 1
  /** Braces that are open inside of each template hole, innermost last. */
  readonly #holes: number[] = []

  constructor(source: string) {
    this.#source = source
    while (this.#at < source.length) this.#step()
  }

  #step(): void {
    const char = this.#source[this.#at] ?? ''
    const next = this.#source[this.#at + 1]
    if (char === '/' && (next === '/' || next === '*'))
      this.#skipTo(endOfComment(this.#source, this.#at))
    else if (char === "'" || char === '"') this.#quoted()
    else if (char === '`') this.#template(this.#at + 1)
    else if (char === '/' && this.#regexMayStart()) this.#skipTo(endOfRegex(this.#source, this.#at))
    else if (/\s/.test(char)) this.#skipTo(this.#at + 1)
    else this.#wordOrMark(char)
  }

  #skipTo(end: number): string {
    const text = this.#source.slice(this.#at, end)
    this.#line += text.split('\n').length - 1
    this.#at = end
    return text
  }

  #push(kind: Token['kind'], text: string): void {
    this.list.push({ kind, text, line: this.#line })
  }

  #regexMayStart(): boolean {
    const last = this.list.at(-1)
    return last === undefined || (last.kind !== 'string' && beforeRegex.test(last.text))
  }

  #quoted(): void {
    const end = endOfQuoted(this.#source, this.#at)
    this.#push('string', this.#source.slice(this.#at + 1, end - 1))
    this.#skipTo(end)
  }

  #template(from: number): void {
    const { end, hole } = endOfTemplateText(this.#source, from)
    const whole = !hole && this.#source[this.#at] === '`'
    if (whole) this.#push('string', this.#source.slice(from, end - 1))
    else this.#push('mark', hole ? '(' : ')')
    this.#skipTo(end)
    if (hole) this.#holes.push(0)
  }

  #wordOrMark(char: string): void {
    word.lastIndex = this.#at
    const text = word.exec(this.#source)?.[0]
    if (text !== undefined) {
      this.#push('word', text)
      this.#skipTo(this.#at + text.length)
      return
    }
    const open = this.#holes.pop()
    if (open === 0 && char === '}') {
      this.#template(this.#at + 1)
      return
    }
    if (open !== undefined) this.#holes.push(open + ({ '{': 1, '}': -1 }[char] ?? 0))
    this.#push('mark', char)
    this.#skipTo(this.#at + char.length)
  }
}

/** Whether `import { type A, type B } from` names nothing but types. */
const namesOnlyTypes = (clause: readonly Token[]): boolean => {
  if (clause[0]?.text === 'type' && clause[1] !== undefined && clause[1].text !== ',') return true
  if (clause[0]?.text !== '{') return false
  const names = clause
    .slice(1, -1)
    .map((token) => token.text)
    .join(' ')
    .split(',')
  return names.every((name) => /^\s*type \S|^\s*$/.test(name)) && names.join('').trim() !== ''
}

/** The module that a static `import` or `export … from` at `index` names. */
const staticImport = (tokens: readonly Token[], index: number): Import | undefined => {
  for (let at = index + 1; at < tokens.length; at++) {
    const token = tokens[at]
    const following = tokens[at + 1]
    if (token === undefined) return undefined
    if (token.kind === 'word' && token.text === 'from' && following?.kind === 'string') {
      const typeOnly = namesOnlyTypes(tokens.slice(index + 1, at))
      return { specifier: following.text, line: following.line, typeOnly }
    }
    if (token.kind === 'mark' && !'{},*'.includes(token.text)) return undefined
  }
  return undefined
}

const importAt = (tokens: readonly Token[], index: number): Import | undefined => {
  const token = tokens[index]
  if (token?.kind !== 'word' || tokens[index - 1]?.text === '.') return undefined
  const [next, after] = [tokens[index + 1], tokens[index + 2]]
  if (token.text === 'export')
    return /^[{*]$|^type$/.test(next?.text ?? '') ? staticImport(tokens, index) : undefined
  if (token.text !== 'import') return undefined
  if (next?.kind === 'string') return { specifier: next.text, line: next.line, typeOnly: false }
  if (next?.text === '(' && after?.kind === 'string')
    return { specifier: after.text, line: after.line, typeOnly: false }
  return staticImport(tokens, index)
}

/**
 * Lists the modules that a TypeScript source names: `import`, `export … from`, `import type`, side-effect
 * imports, `import('…')` as an expression or a type. Comments, strings, templates and patterns are not code.
 *
 * TypeScript 7 ships no compiler API, so this reads the text itself.
 */
export const importsOf = (source: string): readonly Import[] => {
  const { list } = new Tokens(source)
  return list.flatMap((_, index) => importAt(list, index) ?? [])
}
