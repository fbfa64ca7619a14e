import { describe, expect, it } from 'vitest'
import { checkedPath, decodedOnce, spelled } from './safe-path.ts'

const outcome = (path: string): string => {
  try {
    return spelled(checkedPath(decodedOnce(path)))
  } catch (error) {
    return error instanceof Error ? `refused: ${error.message}` : 'something else was thrown'
  }
}

const refused = 'refused: Invalid path'

describe('a path of a client', () => {
  it.each([
    '../x',
    'a/../x',
    'a/..',
    '..',
    '..%2fx',
    '%2e%2e/x',
    '%2E%2E%2Fx',
    '%252e%252e/x',
    '%25252e%25252e%2fx',
    'a/%2e%2e%2fb',
    '/etc/passwd',
    '%2Fetc%2Fpasswd',
    '%252Fetc',
    'C:\\x',
    'C:/x',
    'c%3A%5Cx',
    '\\\\server\\share',
    '%5C%5Cserver%5Cshare',
    'file:///etc/passwd',
    'file:dir',
    'FILE:///etc',
    'a#b',
    'a%23b',
    'a%2523b',
    'a\\b',
    '..\\x',
    'https://example.org/x',
    'a'.repeat(1025),
    // Nobody encodes a name eleven times.
    `%${'25'.repeat(12)}2e`,
  ])('that leaves its folder, or may somewhere, is refused: %s', (path) => {
    expect(outcome(path)).toBe(refused)
  })

  it.each([
    ['', ''],
    ['.', ''],
    ['./.', ''],
    ['./dir', 'dir'],
    ['dir/.', 'dir'],
    ['dir//sub/', 'dir/sub'],
    ['a b.txt', 'a b.txt'],
    ['a%20b.txt', 'a b.txt'],
    ['a+b.txt', 'a+b.txt'],
    ['%C3%BC.txt', 'ü.txt'],
    ['x&y;z:w=1,2.txt', 'x&y;z:w=1,2.txt'],
    ['q%3Fz.txt', 'q?z.txt'],
    ['.hidden', '.hidden'],
    ['....', '....'],
    ['...', '...'],
    ['a/..b', 'a/..b'],
    ['~', '~'],
    ['s/C:/x', 's/C:/x'],
    ['%', '%'],
    ['%zz', '%zz'],
    ['%ff', '%ff'],
    ['pct%2520name.txt', 'pct%20name.txt'],
    ['ctl%17x', 'ctl%17x'],
    ['nul%00x', 'nul%00x'],
    ['a%0Ab', 'a%0Ab'],
    ['del%7Fx', 'del%7Fx'],
    ['__proto__/constructor', '__proto__/constructor'],
    ['👩‍🔬.png', '👩‍🔬.png'],
    ['שלום/مرحبا', 'שלום/مرحبا'],
    [
      'images/dog%25step%25100%25timestamp%251700000000000%25g1b2.png',
      'images/dog%step%100%timestamp%1700000000000%g1b2.png',
    ],
    [
      'images/dog+step+0+timestamp+1700000000000+edb81dfb+compressed.webp',
      'images/dog+step+0+timestamp+1700000000000+edb81dfb+compressed.webp',
    ],
  ])('that stays in its folder has one spelling: %s', (path, spelling) => {
    expect(outcome(path)).toBe(spelling)
  })
})
