import { describe, expect, it } from 'vitest'
import { checkLength, checkName, normalPath, truncated } from './names.ts'

describe('a name', () => {
  it.each([
    'a',
    'a b',
    'a:b',
    'a.b',
    'a-b',
    'a/b',
    '…'.replace('…', '.x'),
    'ü',
    '日本',
    '½',
    '²',
    '٣',
    ' ',
  ])('may be %j', (name) => {
    expect(() => checkName(name, 'key')).not.toThrow()
  })

  it.each(['a@b', 'a#b', '😀', 'a\nb', 'a%b', 'a\\b', 'a\u0301'])(
    'may not have signs as in %j',
    (name) => {
      expect(() => checkName(name, 'key')).toThrow('Names may only contain')
    },
  )

  it.each([
    ['', '.'],
    ['.', '.'],
    ['..', '..'],
    ['..a', '..a'],
    ['/a', '/a'],
    ['a//b', 'a/b'],
    ['a/', 'a'],
    ['./a', 'a'],
    ['a/../b', 'b'],
    ['a/../../b', '../b'],
  ])('may not be a path that resolves to another, as %j does to %j', (name, path) => {
    expect(() => checkName(name, 'key')).toThrow(`This name would resolve to '${path}'`)
  })
})

describe('a normal path', () => {
  it.each([
    ['//a/./b/..', '//a'],
    ['///a', '/a'],
    ['/../a', '/a'],
    ['../../a', '../../a'],
    ['a/b/../../..', '..'],
  ])('is, for %j, %j', (path, normal) => {
    expect(normalPath(path)).toBe(normal)
  })
})

describe('a length', () => {
  it('is counted in code points', () => {
    expect(() => checkLength('😀'.repeat(250), 'key', 250)).not.toThrow()
    expect(() => checkLength('😀'.repeat(251), 'key', 250)).toThrow(
      "'key' exceeds the maximum length of 250 characters",
    )
    expect(truncated('😀'.repeat(251), 250)).toBe('😀'.repeat(250))
    expect(truncated('abc', 3)).toBe('abc')
  })
})
