import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { law } from '../../../../test/property.ts'
import { type Asked, nextToken, readToken } from './page.ts'

const asked: Asked = { experimentIds: ['1'], filter: '', orderBy: [] }
const start = { offset: 2, moment: 'then' }

describe('the token of a page of logged models', () => {
  it('is read where the same is asked for, whatever it is', () => {
    const order = fc.record({
      field_name: fc.string({ unit: 'binary' }),
      ascending: fc.boolean(),
      dataset_name: fc.option(fc.string(), { nil: undefined }),
      dataset_digest: fc.option(fc.string(), { nil: undefined }),
    })
    const query = fc.record({
      experimentIds: fc.array(fc.string()),
      filter: fc.string({ unit: 'binary' }),
      orderBy: fc.array(order),
    })
    fc.assert(
      fc.property(query, fc.nat(), (same, offset) => {
        const token = nextToken(same, { offset, moment: 'then' })
        expect(readToken(token, same)).toEqual({ offset, moment: 'then' })
      }),
      law(),
    )
  })

  it('is none on the first page', () => {
    expect(readToken(undefined, asked)).toBeUndefined()
    expect(readToken('', asked)).toBeUndefined()
  })

  it('says what is asked for otherwise', () => {
    const token = nextToken(asked, start)
    const orderBy = [
      { field_name: 'name', ascending: true, dataset_name: undefined, dataset_digest: undefined },
    ]
    expect(() => readToken(token, { ...asked, experimentIds: ['0'] })).toThrow(
      "Experiment IDs in the page token do not match the requested experiment IDs. Expected: ['0']. Found: ['1']",
    )
    expect(() => readToken(token, { ...asked, filter: "name = 'x'" })).toThrow(
      "does not match the requested filter string. Expected: name = 'x'. Found: None",
    )
    expect(() => readToken(token, { ...asked, orderBy })).toThrow(
      "Expected: [{'field_name': 'name', 'ascending': True, 'dataset_name': None, 'dataset_digest': None}]. Found: None",
    )
  })

  it('is refused where another server made it, or nobody', () => {
    const theirs = btoa(
      '{"experiment_ids": ["1"], "filter_string": null, "order_by": null, "offset": 2}',
    )
    expect(() => readToken(theirs, asked)).toThrow('it is of another server')
    expect(() => readToken('garbage', asked)).toThrow('Invalid page token')
    expect(() => readToken(btoa('[]'), asked)).toThrow('Invalid page token')
  })
})
