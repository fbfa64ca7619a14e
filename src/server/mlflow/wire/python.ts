import { isObject, type Json, NumberText } from './json.ts'

/** Names of Python's types, as messages have them. */
export const pythonType = (value: Json): string => {
  if (value === null) return 'NoneType'
  if (value instanceof NumberText) return /[.eE]|NaN|Inf/.test(value.text) ? 'float' : 'int'
  if (typeof value === 'boolean') return 'bool'
  if (typeof value === 'string') return 'str'
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float'
  return isObject(value) ? 'dict' : 'list'
}

/** Text in double quotes, all but ASCII escaped, as Python's `json.dumps` writes it. */
export const pythonText = (text: string): string =>
  JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

/** A double as Python's `repr` writes it. */
export const pythonFloat = (value: number): string => {
  if (Number.isNaN(value)) return 'nan'
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf'
  if (Object.is(value, -0)) return '-0.0'
  const size = Math.abs(value)
  if (size !== 0 && (size < 1e-4 || size >= 1e16)) {
    const [digits = '', exponent = '0'] = value.toExponential().split('e')
    const sign = exponent.startsWith('-') ? '-' : '+'
    return `${digits}e${sign}${exponent.slice(1).padStart(2, '0')}`
  }
  return Number.isInteger(value) ? `${value}.0` : String(value)
}

const numberJson = (text: string): string => {
  if (/NaN|Inf/.test(text)) return text
  return /[.eE]/.test(text) ? pythonFloat(Number(text)) : text
}

/** A value as `json.dumps(value, sort_keys=True, separators=(',', ':'))` writes it. */
export const pythonJson = (value: Json): string => {
  if (value instanceof NumberText) return numberJson(value.text)
  if (typeof value === 'string') return pythonText(value)
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(',')}]`
  if (!isObject(value)) return JSON.stringify(value)
  const fields = Object.keys(value)
    .sort()
    .map((key) => `${pythonText(key)}:${pythonJson(value[key] ?? null)}`)
  return `{${fields.join(',')}}`
}

const escapes: ReadonlyMap<string, string> = new Map([
  ['\\', '\\\\'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
])

const quoteFor = (text: string): string => (text.includes("'") && !text.includes('"') ? '"' : "'")

/** A text as Python's `repr` writes it. */
export const pythonRepr = (text: string): string => {
  const quote = quoteFor(text)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what repr escapes.
  const inner = text.replace(/[\\\u0000-\u001f\u007f']/g, (sign) => {
    if (sign === "'") return quote === "'" ? "\\'" : sign
    return escapes.get(sign) ?? `\\x${sign.charCodeAt(0).toString(16).padStart(2, '0')}`
  })
  return `${quote}${inner}${quote}`
}

/** Bytes as Python's `repr` writes them. */
export const pythonBytes = (bytes: Uint8Array): string => {
  const text = [...bytes].map((byte) => String.fromCharCode(byte)).join('')
  const repr = pythonRepr(text).replace(
    /[\u0080-\u00ff]/g,
    (sign) => `\\x${sign.charCodeAt(0).toString(16)}`,
  )
  return `b${repr}`
}
