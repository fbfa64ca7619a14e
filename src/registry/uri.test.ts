import { describe, expect, it } from 'vitest'
import { codeOf } from '../kernel/errors.ts'
import { parseModelUri } from './uri.ts'

describe('A models:/ URI', () => {
  it.each([
    ['models:/churn/Production', { model: 'churn', stage: 'Production' }],
    ['models:/churn/7', { model: 'churn', version: 7 }],
    ['models:/churn/07', { model: 'churn', version: 7 }],
    ['models:/churn/latest', { model: 'churn', latest: true }],
    ['models:/churn/LATEST', { model: 'churn', latest: true }],
    ['models:/churn@champion', { model: 'churn', alias: 'champion' }],
    ['models:/a@b@c', { model: 'a@b', alias: 'c' }],
    ['models:/a@b/1', { model: 'a@b', version: 1 }],
    ['models:/my%20model/My%20Stage', { model: 'my model', stage: 'My Stage' }],
    ['models:/100%25/1', { model: '100%', version: 1 }],
    ['models:/my model/1', { model: 'my model', version: 1 }],
    ['models:/%F0%9F%A6%8A@%C3%BC', { model: '🦊', alias: 'ü' }],
    ['models:/__proto__/constructor', { model: '__proto__', stage: 'constructor' }],
  ])('%s is understood', (uri, reference) => {
    expect(parseModelUri(uri)).toEqual(reference)
  })

  it.each([
    ['', 'does not start'],
    ['runs:/abc/model', 'does not start'],
    ['models:churn/1', 'does not start'],
    ['models:/churn', 'which version'],
    ['models:/churn/', 'which version'],
    ['models://1', 'names no model'],
    ['models:/churn/1/x', 'too many parts'],
    ['models:/@a', 'missing'],
    ['models:/churn@', 'missing'],
    ['models:/100%/1', '%25'],
  ])('%j is refused with a reason', (uri, reason) => {
    let found: unknown
    try {
      parseModelUri(uri)
    } catch (error) {
      found = error
    }
    expect(codeOf(found)).toBe('URI_INVALID')
    expect(String(found)).toContain(reason)
  })
})
