/** What can be typed after some words. */
interface Known {
  readonly name: string
  readonly flags: readonly string[]
}

/** The words that may follow each beginning of a command; options where it is complete. */
const followers = (known: readonly Known[]): ReadonlyMap<string, readonly string[]> => {
  const after = new Map<string, Set<string>>()
  const add = (before: string, word: string): void => {
    after.set(before, (after.get(before) ?? new Set()).add(word))
  }
  for (const { name, flags } of known) {
    const words = name.split(' ')
    for (const [at, word] of words.entries()) add(words.slice(0, at).join(' '), word)
    for (const flag of flags) add(name, flag)
  }
  return new Map([...after].map(([before, words]) => [before, [...words].sort()]))
}

const cases = (known: readonly Known[]): string =>
  [...followers(known)]
    .map(([before, words]) => `    '${before}') words='${words.join(' ')}' ;;`)
    .join('\n')

/** Names the command that stands on the line: up to two words that are no options. */
const lookup = (known: readonly Known[]): string => `  local path='' words='' word at
  for ((at = 1; at < COMP_CWORD; at++)); do
    word="\${COMP_WORDS[at]}"
    case "$path/$word" in
      /-*|*/-*) ;;
      /*) path="$word" ;;
      ${families(known).join('|')}) path="$path $word" ;;
    esac
  done
  case "$path" in
${cases(known)}
  esac`

const families = (known: readonly Known[]): readonly string[] =>
  known.filter(({ name }) => name.includes(' ')).map(({ name }) => `'${name.replace(' ', '/')}'`)

/** A script that completes commands and their options in bash. */
export const bashCompletion = (known: readonly Known[]): string => `_varve() {
${lookup(known)}
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _varve varve
`
