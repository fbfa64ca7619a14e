import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as node from '#platform'
import * as browser from './platform.browser.ts'
import type { Platform } from './platform.ts'

const { PROPERTY_RUNS: runs, PROPERTY_SEED: seed } = process.env
const law = { numRuns: Number(runs ?? 100), ...(seed !== undefined && { seed: Number(seed) }) }

// The compiler's proof that the file exports what every platform does.
const { sha256, sha256Hex, storePath, newFolder, holdsStore }: Platform = browser

describe('the platform of a browser', () => {
  it('has the names of the one of Node, so that no import fails in a page alone', () => {
    expect(Object.keys(browser).sort()).toEqual(Object.keys(node).sort())
  })

  it('hashes as Node does, for any bytes, and for a view as its own bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(300), (bytes, skipped) => {
        const view = bytes.subarray(Math.min(skipped, bytes.length))
        const expected = createHash('sha256').update(view).digest()
        expect(Buffer.from(sha256(view))).toEqual(expected)
        expect(sha256Hex(view)).toBe(expected.toString('hex'))
        expect(sha256(view).buffer.byteLength).toBe(32)
      }),
      law,
    )
  })

  it('names databases after the store, and a store by its own name alone', () => {
    expect(storePath('my-lab')).toBe('my-lab')
    expect(storePath(storePath('my-lab'), 'log')).toBe('my-lab/log')
  })

  it('says what it cannot do, and what can be done instead', async () => {
    const refusals: readonly Promise<unknown>[] = [
      newFolder('backup'),
      holdsStore('backup'),
      browser.localFile('report.md'),
      browser.localFiles('model'),
    ]
    for (const refusal of refusals) {
      await expect(refusal).rejects.toMatchObject({
        code: 'UNSUPPORTED',
        message: expect.stringContaining('Give '),
      })
    }
  })
})
