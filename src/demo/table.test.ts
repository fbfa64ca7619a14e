import { describe, expect, test } from 'vitest'
import { facts, table, width } from './table.ts'

describe('tables in a terminal', () => {
  test('stand in columns, numbers to the right', () => {
    const text = table(
      [{ title: 'run' }, { title: 'auc', align: 'right' }],
      [
        ['brave-auk', '0.9'],
        ['x', '0.1234'],
      ],
    )
    expect(text.split('\n')).toEqual([
      'run           auc',
      '─────────  ──────',
      'brave-auk     0.9',
      'x          0.1234',
    ])
  })

  test('count the cells that wide and combining characters take', () => {
    expect(width('pingüino')).toBe(8)
    expect(width('u\u0308')).toBe(1)
    expect(width('企鹅')).toBe(4)
    expect(width('🐧')).toBe(2)
  })

  test('with no rows show their titles', () => {
    expect(table([{ title: 'a' }, { title: 'b' }], [])).toBe('a  b\n─  ─')
  })

  test('facts put values under each other', () => {
    expect(
      facts([
        ['ok', 'yes'],
        ['events', '7'],
      ]),
    ).toBe('ok      yes\nevents  7')
  })
})
