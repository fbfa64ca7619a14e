import { describe, expect, it } from 'vitest'
import { parseExactJson } from './json.ts'
import { pythonBytes, pythonFloat, pythonJson, pythonRepr, pythonType } from './python.ts'

describe('a value as Python writes it', () => {
  it.each([
    ['["x",{"b":1,"a":2.0}]', '["x",{"a":2.0,"b":1}]', 'list'],
    ['{"ü":"😀"}', '{"\\u00fc":"\\ud83d\\ude00"}', 'dict'],
    ['9.0', '9.0', 'float'],
    ['9', '9', 'int'],
    ['1e2', '100.0', 'float'],
    ['1e-7', '1e-07', 'float'],
    ['12345678901234567890123', '12345678901234567890123', 'int'],
    ['NaN', 'NaN', 'float'],
    ['true', 'true', 'bool'],
    ['null', 'null', 'NoneType'],
    ['"\\u007f\\n"', '"\\u007f\\n"', 'str'],
  ])('is, for %s, %s of type %s', (text, json, type) => {
    const value = parseExactJson(text)
    expect(pythonJson(value)).toBe(json)
    expect(pythonType(value)).toBe(type)
  })

  it.each([
    [1, '1.0'],
    [-0, '-0.0'],
    [0.1, '0.1'],
    [1e16, '1e+16'],
    [123456789012345, '123456789012345.0'],
    [0.0001, '0.0001'],
    [0.00001, '1e-05'],
    [1.5e300, '1.5e+300'],
    [Number.NaN, 'nan'],
    [Number.NEGATIVE_INFINITY, '-inf'],
  ])('is, for the double %d, %s', (value, text) => {
    expect(pythonFloat(value)).toBe(text)
  })

  it.each([
    ['plain', "'plain'"],
    ["it's", '"it\'s"'],
    [`it's "x"`, `'it\\'s "x"'`],
    ['a\n\\\u0001', "'a\\n\\\\\\x01'"],
  ])('is, for the text %j, %s', (text, repr) => {
    expect(pythonRepr(text)).toBe(repr)
  })

  it('is, for bytes, ASCII with escapes', () => {
    expect(pythonBytes(Uint8Array.of(0x8a, 0x7b, 0xda, 0x27))).toBe('b"\\x8a{\\xda\'"')
  })
})
