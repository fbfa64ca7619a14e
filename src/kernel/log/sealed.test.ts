import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { law } from '../../../test/property.ts'
import { sealed, sealedBytes, unsealed, unsealedBytes } from './sealed.ts'

const bytes = fc.uint8Array({ minLength: 1, maxLength: 40 })
const flips = fc.record({ key: bytes, value: bytes, at: fc.nat(), inKey: fc.boolean() })

describe('a sealed entry', () => {
  it('gives back what was sealed', () => {
    const value = { chunks: 3, name: '__proto__', column: Float64Array.of(1, Number.NaN) }
    const { key, value: stored } = sealed(Uint8Array.of(5, 1), value)
    expect(unsealed(key, stored)).toEqual(value)
    const empty = sealedBytes(key, new Uint8Array(0))
    expect(unsealedBytes(key, empty.value)).toEqual(new Uint8Array(0))
  })

  it('gives nothing when any bit of it, or of its key, is another', () => {
    fc.assert(
      fc.property(flips, ({ key, value, at, inKey }) => {
        const { value: stored } = sealedBytes(key, value)
        const changed = Uint8Array.from(inKey ? key : stored)
        const place = Math.floor(at / 8) % changed.length
        changed[place] = (changed[place] ?? 0) ^ (1 << (at % 8))
        expect(unsealedBytes(inKey ? changed : key, inKey ? stored : changed)).toBeUndefined()
      }),
      law(),
    )
  })

  it('gives nothing when it is cut short', () => {
    const { key, value } = sealed(Uint8Array.of(2), 'settings')
    for (let length = 0; length < value.length; length++) {
      expect(unsealed(key, value.subarray(0, length))).toBeUndefined()
    }
  })
})
