import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, inject, it } from 'vitest'

/** Measured when it was last looked at: bytes of `import { open } from 'varve'`, bundled, minified and gzipped. */
const measured = 110_176

const lean = (): Promise<string> => readFile(join(inject('bundles'), 'lean.js'), 'utf8')

describe('what a page loads to open a store', () => {
  it('is no larger than it was, give or take a twentieth', async () => {
    const size = gzipSync(await lean(), { level: 9 }).length
    process.stdout.write(`bundle: ${size} bytes gzipped, ${measured} when last measured\n`)
    expect(size).toBeLessThanOrEqual(measured * 1.05)
    expect(size).toBeGreaterThan(measured * 0.8)
  })

  it('holds nothing of LevelDB, SQLite or YAML', async () => {
    const code = await lean()
    expect(code).toContain('LOG_LOCKED')
    expect(code.match(/level-js|LEVEL_DATABASE|LEVEL_ITERATOR|sqlite|YAML/g)).toEqual(null)
  })

  it('asks for nothing of Node', async () => {
    const code = await lean()
    expect(code.match(/node:[a-z]+|\bprocess\.[a-z]+|\brequire\(|vite-browser-external/g)).toEqual(
      null,
    )
  })
})
