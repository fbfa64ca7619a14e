import { artifactError } from './errors.ts'

const maxCodePoints = 1024

/**
 * Gives the one spelling of an artifact's path: segments joined by `/`, relative, without `.` or empty
 * segments. Any other character stands as it is: spaces, emoji, `%` and leading dots are legal names.
 *
 * @throws `ARTIFACT_PATH_INVALID` for a path that is empty, absolute or a URL, that leaves its folder, that
 * holds a NUL, a backslash or half a surrogate pair, or that is longer than 1024 code points.
 */
export const artifactPath = (path: string): string => {
  const problem = problemOf(path)
  if (problem !== undefined) throw invalidPath(path, problem)
  const segments = path.split('/').filter((segment) => segment !== '' && segment !== '.')
  if (segments.length === 0) throw invalidPath(path, 'names no file')
  return segments.join('/')
}

const invalidPath = (path: unknown, problem: string): Error => {
  const shown = typeof path === 'string' ? JSON.stringify(shortened(path)) : String(path)
  const message = `The artifact path ${shown} ${problem}. Give a relative path with "/", such as "reports/summary.md".`
  return artifactError('ARTIFACT_PATH_INVALID', message, { data: { path, problem } })
}

const shortened = (path: string): string => (path.length > 200 ? `${path.slice(0, 200)}…` : path)

interface Rule {
  readonly refuses: (path: string) => boolean
  readonly problem: string
}

const rules: readonly Rule[] = [
  { refuses: (path) => path === '', problem: 'is empty' },
  { refuses: (path) => path.includes('\0'), problem: 'holds a NUL character' },
  { refuses: (path) => path.includes('\\'), problem: 'holds a backslash' },
  { refuses: (path) => path.startsWith('/'), problem: 'is absolute' },
  { refuses: (path) => /^[a-z][a-z0-9+.-]*:\/\//i.test(path), problem: 'is a URL' },
  { refuses: (path) => /^[a-z]:/i.test(path), problem: 'begins with a drive letter' },
  { refuses: (path) => path.split('/').includes('..'), problem: 'leaves its folder with ".."' },
  {
    refuses: (path) =>
      /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(path),
    problem: 'holds half a surrogate pair',
  },
  {
    refuses: (path) => path.length > maxCodePoints && [...path].length > maxCodePoints,
    problem: `is longer than ${maxCodePoints} code points`,
  },
]

const problemOf = (path: unknown): string | undefined =>
  typeof path === 'string' ? rules.find((rule) => rule.refuses(path))?.problem : 'is not a string'
