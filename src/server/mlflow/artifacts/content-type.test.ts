import { describe, expect, it } from 'vitest'
import { contentTypeOf, dispositionOf } from './content-type.ts'

describe('the type of a file', () => {
  it.each([
    ['a.txt', 'text/plain'],
    ['A.JSON', 'text/plain'],
    ['MLmodel', 'text/plain'],
    ['mlmodel', 'application/octet-stream'],
    ['page.html', 'text/html'],
    ['v.svg', 'image/svg+xml'],
    ['m.pkl', 'application/octet-stream'],
    ['noext', 'application/octet-stream'],
    ['.txt', 'application/octet-stream'],
    ['a.__proto__', 'application/octet-stream'],
    ['a.constructor', 'application/octet-stream'],
  ])('is told by its name: %s', (name, type) => {
    expect(contentTypeOf(name)).toBe(type)
  })
})

describe('the name of a download', () => {
  it.each([
    ['a.txt', 'attachment; filename=a.txt'],
    ['a b.txt', 'attachment; filename="a b.txt"'],
    ['say "hi"', 'attachment; filename="say \\"hi\\""'],
    ['dog%step%100.png', 'attachment; filename=dog%step%100.png'],
    ['ü.txt', "attachment; filename=u.txt; filename*=UTF-8''%C3%BC.txt"],
    [
      "日本'(1).txt",
      "attachment; filename=\"'(1).txt\"; filename*=UTF-8''%E6%97%A5%E6%9C%AC%27%281%29.txt",
    ],
    ['日本', "attachment; filename=_; filename*=UTF-8''%E6%97%A5%E6%9C%AC"],
  ])('fits into a header: %s', (name, header) => {
    expect(dispositionOf(name)).toBe(header)
    expect(() => new Headers({ 'content-disposition': dispositionOf(name) })).not.toThrow()
  })
})
