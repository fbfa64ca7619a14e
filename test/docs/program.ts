import type { Program } from './page.ts'

/** A program as a file, and where each of its lines stands on the page (0 for lines of the harness). */
export interface ProgramFile {
  readonly source: string
  readonly pageLine: readonly number[]
}

/** Printed after each piece, so that its output can be told from the next one's. */
const separator = '\u001e'

const staticImport =
  /^import (?<type>type )?(?:\{(?<names>[^}]*)\}|(?<clause>[\w*][\w*\s]*)) from '(?<module>[^']+)'/gm

/** Blocks repeat imports, a file may not: they are taken out here and given back once. */
const hoistedImports = (code: string): readonly string[] => {
  const named = new Map<string, Set<string>>()
  const others = new Set<string>()
  for (const { groups = {} } of code.matchAll(staticImport)) {
    const { type = '', names, clause, module } = groups
    if (names === undefined) others.add(`import ${type}${clause} from '${module}'`)
    const key = `import ${type}{ # } from '${module}'`
    const known = named.get(key) ?? new Set()
    for (const name of names?.split(',') ?? []) if (name.trim() !== '') known.add(name.trim())
    if (names !== undefined) named.set(key, known)
  }
  const merged = [...named].map(([key, names]) => key.replace('#', [...names].join(', ')))
  return [...merged, ...others]
}

/** Writes a program as one module. */
export const programFile = ({ pieces, noRun }: Program): ProgramFile => {
  const lines = ['export {}', ...hoistedImports(pieces.map(({ code }) => code).join('\n'))]
  const pageLine = lines.map(() => 0)
  const marked = noRun === undefined && pieces.some(({ output }) => output !== undefined)
  for (const { code, line } of pieces) {
    const body = code.replace(staticImport, (text) => text.replaceAll(/[^\n]/g, ' ')).split('\n')
    lines.push(...body)
    pageLine.push(...body.map((_, index) => line + index))
    if (!marked) continue
    lines.push(`;process.stdout.write('${separator}')`)
    pageLine.push(0)
  }
  return { source: `${lines.join('\n')}\n`, pageLine }
}

const escaped = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')

const pattern = (text: string): RegExp => {
  const lines = text
    .split('\n')
    .map((line) =>
      line.trim() === '…'
        ? '(?:.*\n)*?'
        : `${line.trimEnd().split('…').map(escaped).join('.*')}[ \\t]*\n`,
    )
  return new RegExp(`^${lines.join('')}$`, 'u')
}

export interface Mismatch {
  readonly line: number
  readonly expected: string
  readonly printed: string
}

/** Where what a program printed is not what its page says. */
export const mismatches = ({ pieces }: Program, stdout: string): readonly Mismatch[] => {
  const printed = stdout.split(separator)
  return pieces.flatMap(({ output }, index) => {
    if (output === undefined) return []
    const text = (printed[index] ?? '').trimEnd()
    if (pattern(output.text).test(`${text}\n`)) return []
    return [{ line: output.line, expected: output.text, printed: text }]
  })
}
