import { kernelError } from '../kernel/errors.ts'

/** One line, without its end; numbers begin at 1. */
export interface TextLine {
  readonly text: string
  readonly number: number
}

/** Longer than any line of an export: a text without line ends is no export, and not worth the memory. */
const longestLine = 256 * 1024 * 1024

/** The lines of a text that comes in pieces of any size. Empty lines are left out, the last may lack its end. */
export async function* linesIn(
  pieces: AsyncIterable<string> | Iterable<string>,
): AsyncGenerator<TextLine, void> {
  let parts: string[] = []
  let length = 0
  let number = 0
  for await (const piece of pieces) {
    let from = 0
    for (let end = piece.indexOf('\n'); end >= 0; end = piece.indexOf('\n', from)) {
      const text = parts.join('') + piece.slice(from, end)
      parts = []
      length = 0
      from = end + 1
      number += 1
      if (text.trim() !== '') yield { text, number }
    }
    parts.push(piece.slice(from))
    length += piece.length - from
    if (length > longestLine) throw tooLong(number + 1)
  }
  const text = parts.join('')
  if (text.trim() !== '') yield { text, number: number + 1 }
}

const tooLong = (line: number): Error =>
  kernelError(
    'INVALID_VALUE',
    `Line ${line} is longer than any line of an export. Give what exportEvents wrote, each line ended by a line feed.`,
    { data: { line } },
  )
