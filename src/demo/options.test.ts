import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { codeOf } from '../kernel/errors.ts'
import { readOptions } from './options.ts'

const here = (folder: string): string => join(process.cwd(), folder)

const failure = (args: readonly string[]): unknown => {
  try {
    return readOptions(args)
  } catch (error) {
    return codeOf(error)
  }
}

describe('the arguments of the demo', () => {
  test('may be left out', () => {
    expect(readOptions([])).toEqual({ folder: here('varve-demo'), fresh: false, help: false })
  })

  test('name a folder and ask for a fresh start in any order', () => {
    const wanted = { folder: here('lab'), fresh: true, help: false }
    expect(readOptions(['--fresh', './lab'])).toEqual(wanted)
    expect(readOptions(['./lab', '--fresh'])).toEqual(wanted)
  })

  test('that make no sense are refused', () => {
    expect(failure(['--afresh'])).toBe('DEMO_USAGE')
    expect(failure(['one', 'two'])).toBe('DEMO_USAGE')
  })
})
