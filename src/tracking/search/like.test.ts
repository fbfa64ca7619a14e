import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { like } from './like.ts'

const law = {
  numRuns: Number(process.env['PROPERTY_RUNS'] ?? 200),
  ...(process.env['PROPERTY_SEED'] === undefined
    ? {}
    : { seed: Number(process.env['PROPERTY_SEED']) }),
}

/** LIKE by its definition, one character at a time; exponential, so for short texts only. */
const naive = (pattern: readonly string[], value: readonly string[]): boolean => {
  const [head, ...rest] = pattern
  if (head === undefined) return value.length === 0
  if (head === '%')
    return naive(rest, value) || (value.length > 0 && naive(pattern, value.slice(1)))
  return value.length > 0 && (head === '_' || head === value[0]) && naive(rest, value.slice(1))
}

describe('like', () => {
  it.each([
    ['abc', 'abc', true],
    ['abc', 'abcd', false],
    ['a%', 'abc', true],
    ['%c', 'abc', true],
    ['%b%', 'abc', true],
    ['a%c%', 'abc', true],
    ['aba%aba', 'ababa', false],
    ['%', '', true],
    ['_', '', false],
    ['a_c', 'abc', true],
    ['a_c', 'a🦉c', true],
    ['a_c', 'ac', false],
    ['a%z', 'a\nb\nz', true],
    ['ABC', 'abc', false],
    ['a.c', 'abc', false],
    ['\\%', 'x', false],
  ])('%s matches %j: %s', (pattern, value, expected) => {
    expect(like(pattern, false)(value)).toBe(expected)
  })

  it('takes either case for the same when asked to, in any script', () => {
    expect(like('%STRASSE_', true)('die Straßen')).toBe(false)
    expect(like('Ä%', true)('ärger')).toBe(true)
    expect(like('%ΟΔΟΣ%', true)('μία οδος εδώ')).toBe(true)
  })

  it('stays quick on patterns that make a naive matcher try every split', () => {
    const value = 'a'.repeat(2000)
    expect(like(`${'a%'.repeat(200)}b`, false)(value)).toBe(false)
    expect(like(`${'_%'.repeat(200)}b`, false)(value)).toBe(false)
  })

  it('agrees with the definition', () => {
    const text = (...letters: string[]) =>
      fc.array(fc.constantFrom(...letters), { maxLength: 7 }).map((parts) => parts.join(''))
    fc.assert(
      fc.property(
        text('a', 'b', '%', '_', '🦉'),
        text('a', 'b', '🦉', '\n', '%'),
        (pattern, value) => {
          expect(like(pattern, false)(value)).toBe(naive([...pattern], [...value]))
        },
      ),
      law,
    )
  })
})
