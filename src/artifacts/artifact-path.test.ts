import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { artifactPath } from './artifact-path.ts'

const { PROPERTY_RUNS: runs, PROPERTY_SEED: seed } = process.env
const law = { numRuns: Number(runs ?? 200), ...(seed !== undefined && { seed: Number(seed) }) }

describe('an artifact path', () => {
  it.each([
    ['a/b', 'a/b'],
    ['./a//b', 'a/b'],
    ['a/./b/', 'a/b'],
  ])('%j is spelled %j', (path, spelled) => {
    expect(artifactPath(path)).toBe(spelled)
  })

  it.each([
    'reports/summary.md',
    'with space/ leading and trailing ',
    '.hidden/..rc/...',
    '100%/%2e%2e/a+b&c=d?e#f',
    '__proto__/constructor',
    '模型/🦊/שלום/e\u0301',
    'line\nfeed\ttab',
    'model:v1/C:/x',
    'a'.repeat(1024),
    '🦊'.repeat(1024),
  ])('keeps the legal name %j', (path) => {
    expect(artifactPath(path)).toBe(path)
  })

  it.each([
    ['', 'is empty'],
    ['.', 'names no file'],
    ['././/', 'names no file'],
    ['/etc/passwd', 'is absolute'],
    ['//server/share', 'is absolute'],
    ['\\\\server\\share', 'holds a backslash'],
    ['a\\..\\b', 'holds a backslash'],
    ['C:/x', 'begins with a drive letter'],
    ['c:x', 'begins with a drive letter'],
    ['s3://bucket/x', 'is a URL'],
    ['file:///x', 'is a URL'],
    ['..', 'leaves its folder with ".."'],
    ['a/../b', 'leaves its folder with ".."'],
    ['a/..', 'leaves its folder with ".."'],
    ['a\0b', 'holds a NUL character'],
    ['a\ud83d', 'holds half a surrogate pair'],
    ['\udd8a/a', 'holds half a surrogate pair'],
    ['a'.repeat(1025), 'is longer than 1024 code points'],
    ['🦊'.repeat(1025), 'is longer than 1024 code points'],
  ])('refuses %j because it %s', (path, problem) => {
    expect(() => artifactPath(path)).toThrow(
      expect.objectContaining({
        code: 'ARTIFACT_PATH_INVALID',
        message: expect.stringContaining(`${problem}. Give a relative path`),
        data: { path, problem },
      }),
    )
  })

  it('refuses what is not a string', () => {
    for (const path of [undefined, null, 7, {}]) {
      // `as` because the call under test is the one that the compiler would refuse.
      expect(() => artifactPath(path as never)).toThrow(
        expect.objectContaining({ code: 'ARTIFACT_PATH_INVALID' }),
      )
    }
  })

  it('once spelled is spelled so for ever, and lies below any folder it is joined to', () => {
    const characters = fc.constantFrom(
      'a',
      '.',
      '/',
      ' ',
      ':',
      'é',
      '🦊',
      '%',
      '\\',
      '\0',
      '\ud800',
    )
    fc.assert(
      fc.property(fc.string({ unit: characters, maxLength: 12 }), (path) => {
        let spelled: string
        try {
          spelled = artifactPath(path)
        } catch (error) {
          expect(error).toMatchObject({ code: 'ARTIFACT_PATH_INVALID' })
          return
        }
        expect(artifactPath(spelled)).toBe(spelled)
        const url = new URL(spelled.split('/').map(encodeURIComponent).join('/'), 'file:///root/')
        expect(decodeURIComponent(url.pathname)).toBe(`/root/${spelled}`)
      }),
      law,
    )
  })
})
