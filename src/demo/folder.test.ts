import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { clearFolder, fixture, inspectFolder, markAsDemo } from './folder.ts'

let root = ''
let folder = ''

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'varve-demo-folder-'))
  folder = join(root, 'store')
})

afterEach(() => rmSync(root, { recursive: true }))

describe('the folder of the demo', () => {
  test('is free when there is nothing, or nothing in it', () => {
    expect(inspectFolder(folder)).toBe('free')
    mkdirSync(folder)
    expect(inspectFolder(folder)).toBe('free')
    expect(() => clearFolder(folder, false)).not.toThrow()
  })

  test('is kept when an earlier demo made it, and removed when asked to', () => {
    mkdirSync(folder)
    markAsDemo(folder)
    expect(() => clearFolder(folder, false)).toThrow(/earlier demo.*--fresh/)
    expect(existsSync(folder)).toBe(true)
    clearFolder(folder, true)
    expect(existsSync(folder)).toBe(false)
  })

  test('is never removed when something else is in it', () => {
    mkdirSync(folder)
    writeFileSync(join(folder, 'thesis.md'), 'years of work')
    expect(() => clearFolder(folder, true)).toThrow(/not made by the demo/)
    expect(existsSync(join(folder, 'thesis.md'))).toBe(true)
  })

  test('cannot be a file', () => {
    writeFileSync(folder, '')
    expect(() => clearFolder(folder, true)).toThrow(/not made by the demo/)
    expect(existsSync(folder)).toBe(true)
  })
})

describe('fixtures of the demo', () => {
  test('are found in the repository', () => {
    expect(existsSync(fixture('data/penguins.csv'))).toBe(true)
  })

  test('that are missing are named, with what to do', () => {
    expect(() => fixture('data/dodos.csv')).toThrow(
      /test\/fixtures\/data\/dodos\.csv.*clone of the repository/,
    )
  })
})
