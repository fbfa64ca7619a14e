import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createColumns, parseMetricLine } from './metrics.ts'

const { PROPERTY_RUNS: runs, PROPERTY_SEED: seed } = process.env
const law = { numRuns: Number(runs ?? 200), ...(seed !== undefined && { seed: Number(seed) }) }

describe('a line of a metric file', () => {
  it.each([
    ['1685407574560 33.44897999767639 7', 33.44897999767639, 7],
    ['1685407574560 1e-05 0', 1e-5, 0],
    ['1685407574560 -0.0 -3', -0, -3],
    ['1685407574560 nan 0', Number.NaN, 0],
    ['1685407574560 inf 0', Number.POSITIVE_INFINITY, 0],
    ['1685407574560 -inf 0', Number.NEGATIVE_INFINITY, 0],
    ['1685407574560 0.5', 0.5, 0],
    ['1685407574560 0.5 4\r', 0.5, 4],
    ['1685407574560 0.5 4 train 1a2b3c4d', 0.5, 4],
  ])('%j is a point', (line, value, step) => {
    expect(parseMetricLine(line)).toEqual({ timestamp: 1685407574560, value, step })
  })

  it.each([
    ['', 'timestamp value step'],
    ['1685407574560', 'timestamp value step'],
    ['yesterday 0.5 0', 'timestamp "yesterday"'],
    ['1685407574560 0,5 0', 'value "0,5"'],
    ['1685407574560 0x10 0', 'value "0x10"'],
    ['1685407574560 0.5 1.5', 'step "1.5"'],
    ['1685407574560 0.5 99999999999999999999', 'step "99999999999999999999"'],
    ['99999999999999999999 0.5 0', 'timestamp "99999999999999999999"'],
  ])('%j is none, and the problem says why', (line, reason) => {
    expect(parseMetricLine(line)).toContain(reason)
  })

  it('keeps every double, step and timestamp', () => {
    const point = fc.record({
      timestamp: fc.maxSafeInteger(),
      value: fc.double(),
      step: fc.maxSafeInteger(),
    })
    fc.assert(
      fc.property(point, ({ step, timestamp, value }) => {
        const text = Object.is(value, -0) ? '-0.0' : String(value).replace('Infinity', 'inf')
        expect(parseMetricLine(`${timestamp} ${text} ${step}`)).toEqual({ timestamp, value, step })
      }),
      law,
    )
  })
})

describe('columns of points', () => {
  it('come by timestamp, those of one time in the order they were added', () => {
    const point = fc.record({ key: fc.string(), timestamp: fc.nat(5), value: fc.double() })
    fc.assert(
      fc.property(fc.array(point, { maxLength: 200 }), (points) => {
        const columns = createColumns()
        for (const [step, { key: name, ...rest }] of points.entries()) {
          columns.add(name, { ...rest, step })
        }
        const { key, keys, step, timestamp, value } = columns.finish()
        const read = [...step].map((_, at) => ({
          key: keys[key[at] ?? -1],
          step: step[at],
          timestamp: timestamp[at],
          value: value[at],
        }))
        // Array.prototype.sort is stable.
        const expected = points
          .map((each, at) => ({ ...each, step: at }))
          .sort((a, b) => a.timestamp - b.timestamp)
        expect(read).toEqual(expected)
      }),
      law,
    )
  })
})
