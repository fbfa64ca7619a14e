import { invalid } from '../errors.ts'
import { pythonRepr } from '../wire/python.ts'
import { isWord, type Token, tokenize } from './tokens.ts'

/** One comparison of a filter, its parts not looked at yet. */
export interface Clause {
  readonly field: Token
  /** `IS NULL` and `NOT IN` are one comparator. As written, but in upper case where it is of words. */
  readonly comparator: string
  /** Absent for `IS NULL` and `IS NOT NULL`. */
  readonly value?: Token
}

/** What differs between the things that are searched. */
export interface Grammar {
  /** How the message lists what is no comparison. */
  readonly listed: (clauses: readonly string[]) => string
  /** Whether `like` is `LIKE`. */
  readonly anyCase: boolean
}

const words = ['LIKE', 'ILIKE', 'IN'] as const

interface Found {
  readonly comparator: string
  /** How many tokens it takes. */
  readonly length: number
  readonly hasValue: boolean
}

const withValue = (comparator: string, length = 1): Found => ({
  comparator,
  length,
  hasValue: true,
})

const comparatorAt = (
  tokens: readonly Token[],
  at: number,
  grammar: Grammar,
): Found | undefined => {
  const token = tokens[at]
  if (token === undefined) return undefined
  if (token.kind === 'comparator') return withValue(token.raw)
  if (isWord(token, 'IS')) {
    if (isWord(tokens[at + 1], 'NULL')) return { comparator: 'IS NULL', length: 2, hasValue: false }
    const isNotNull = isWord(tokens[at + 1], 'NOT') && isWord(tokens[at + 2], 'NULL')
    return isNotNull ? { comparator: 'IS NOT NULL', length: 3, hasValue: false } : undefined
  }
  if (isWord(token, 'NOT') && isWord(tokens[at + 1], 'IN')) return withValue('NOT IN', 2)
  const word = words.find((each) => isWord(token, each))
  if (word === undefined) return undefined
  return withValue(grammar.anyCase ? word : token.raw)
}

const operands: ReadonlySet<Token['kind']> = new Set(['name', 'quoted', 'number', 'operation'])
const values: ReadonlySet<Token['kind']> = new Set([...operands, 'list'])

const keywords = new Set([
  'AND',
  'OR',
  'NOT',
  'IN',
  'IS',
  'LIKE',
  'ILIKE',
  'BETWEEN',
  // Words of SQL, which no field can be called by.
  'ALIAS',
  'SOURCE',
  'VERSION',
  'SELECT',
  'LIMIT',
])

const isPlainName = (token: Token | undefined): boolean =>
  token?.kind === 'name' && !keywords.has(token.raw.toUpperCase())

/** A name after a name is its alias, in SQL: the two are one clause. */
const clausesOf = (tokens: readonly Token[]): readonly string[] => {
  const clauses: string[] = []
  for (let at = 0; at < tokens.length; at += 1) {
    const [token, next] = [tokens[at], tokens[at + 1]]
    if (token === undefined) continue
    if (isPlainName(token) && isPlainName(next)) {
      clauses.push(`${token.raw} ${next?.raw ?? ''}`)
      at += 1
    } else clauses.push(token.raw)
  }
  return clauses
}

interface Read {
  readonly clause: Clause
  readonly length: number
}

const clauseAt = (tokens: readonly Token[], at: number, grammar: Grammar): Read | undefined => {
  const field = tokens[at]
  if (field === undefined || !operands.has(field.kind) || isKeyword(field)) return undefined
  const found = comparatorAt(tokens, at + 1, grammar)
  if (found === undefined) return undefined
  const { comparator, length, hasValue } = found
  if (!hasValue) return { clause: { field, comparator }, length: 1 + length }
  const value = tokens[at + 1 + length]
  if (value === undefined || !values.has(value.kind)) return undefined
  return { clause: { field, comparator, value }, length: 2 + length }
}

const isKeyword = (token: Token): boolean =>
  token.kind === 'name' && keywords.has(token.raw.toUpperCase())

const checkOneStatement = (filter: string, tokens: readonly Token[]): void => {
  const end = tokens.findIndex(({ raw }) => raw === ';')
  if (end >= 0 && end < tokens.length - 1)
    throw invalid(
      `Search filter contained multiple expression ${pythonRepr(filter)}. Provide AND-ed expression list.`,
    )
}

/**
 * The comparisons of a filter, all of which must hold. `AND`s too many are let pass, as MLflow does.
 *
 * @throws `INVALID_PARAMETER_VALUE` with MLflow's words.
 */
export const parseClauses = (filter: string, grammar: Grammar): readonly Clause[] => {
  if (filter === '') return []
  const tokens = tokenize(filter)
  if (tokens.length === 0) throw invalid(`Invalid filter '${filter}'. Could not be parsed.`)
  checkOneStatement(filter, tokens)
  const clauses: Clause[] = []
  const others: Token[] = []
  for (let at = 0; at < tokens.length; ) {
    const token = tokens[at]
    const read = clauseAt(tokens, at, grammar)
    if (read !== undefined) clauses.push(read.clause)
    else if (token !== undefined && !isWord(token, 'AND')) others.push(token)
    at += read?.length ?? 1
  }
  if (others.length > 0)
    throw invalid(`Invalid clause(s) in filter string: ${grammar.listed(clausesOf(others))}`)
  return clauses
}
