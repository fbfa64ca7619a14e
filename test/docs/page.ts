/** A piece of a program: one fenced block, or a hidden comment. */
interface Piece {
  readonly code: string
  /** Line of the page on which the code starts, from 1. */
  readonly line: number
  /** What the page says that the piece prints; `…` stands for anything. */
  readonly output?: { readonly text: string; readonly line: number }
}

/** Blocks of a page that run as one file, in order. */
export interface Program {
  readonly pieces: readonly Piece[]
  /** Why it is compiled but not run. */
  readonly noRun?: string
}

export interface Page {
  readonly path: string
  readonly programs: readonly Program[]
}

interface Chunk {
  readonly info: string
  readonly code: string
  readonly line: number
}

type Draft = { pieces: Piece[]; noRun?: string }

const opening = /^(?<fence>`{3,})(?<info>[^`]*)$|^<!-- (?<setup>setup.*)$/

/** Fenced blocks and setup comments of a page, in order. */
const chunksOf = (path: string, markdown: string): readonly Chunk[] => {
  const chunks: Chunk[] = []
  const lines = markdown.split(/\r?\n/)
  for (let at = 0; at < lines.length; at++) {
    const groups = opening.exec(lines[at] ?? '')?.groups
    if (groups === undefined) continue
    const closing = groups['fence'] ?? '-->'
    const end = lines.indexOf(closing, at + 1)
    if (end === -1) throw new Error(`${path}:${at + 1} opens a block that is never closed.`)
    const info = (groups['info'] ?? groups['setup'] ?? '').trim()
    chunks.push({ info, code: lines.slice(at + 1, end).join('\n'), line: at + 2 })
    at = end
  }
  return chunks
}

/** Spellings that would slip past the check. */
const strayCode = /^(?:typescript|js|javascript|mjs|mts|tsx|jsx)\b/

const wrong = (path: string, chunk: Chunk, why: string): Error =>
  new Error(`${path}:${chunk.line - 1} has a block \`${chunk.info}\`. ${why}`)

const marks = /^(?:ts|setup)(?: (?<fresh>new|no-run: (?<noRun>\S.*)))?$/

const addCode = (path: string, chunk: Chunk, programs: Draft[]): void => {
  const groups = marks.exec(chunk.info)?.groups
  if (groups === undefined)
    throw wrong(path, chunk, 'After `ts` may stand nothing, `new` or `no-run: <reason>`.')
  const last = programs.at(-1)
  const fresh = groups['fresh'] !== undefined || last === undefined || last.noRun !== undefined
  const program: Draft = fresh ? { pieces: [] } : last
  if (groups['noRun'] !== undefined) program.noRun = groups['noRun']
  if (fresh) programs.push(program)
  program.pieces.push({ code: chunk.code, line: chunk.line })
}

const addOutput = (path: string, chunk: Chunk, programs: readonly Draft[]): void => {
  const program = programs.at(-1)
  const piece = program?.pieces.pop()
  if (piece === undefined || piece.output !== undefined)
    throw wrong(path, chunk, 'It must follow the `ts` block that prints it.')
  program?.pieces.push({ ...piece, output: { text: chunk.code, line: chunk.line } })
}

/**
 * Reads the programs of a page. Its `ts` blocks form one program, in order; `ts new` starts another,
 * `ts no-run: <reason>` is one of its own that is compiled only. A comment `<!-- setup` holds code that a
 * reader need not see (`<!-- setup new` starts a program). `text output` is what the block before prints.
 */
export const readPage = (path: string, markdown: string): Page => {
  const programs: Draft[] = []
  for (const chunk of chunksOf(path, markdown)) {
    if (strayCode.test(chunk.info)) throw wrong(path, chunk, 'Write `ts`: it is compiled and run.')
    if (/^(?:ts|setup)\b/.test(chunk.info)) addCode(path, chunk, programs)
    if (chunk.info === 'text output') addOutput(path, chunk, programs)
  }
  return { path, programs }
}
