import type { EventDefinition, EventFamily } from '../../src/kernel/events/define-events.ts'

/** What valibot says about a schema of its own, as far as the page shows it. */
interface Described {
  readonly type: string
  readonly entries?: Readonly<Record<string, Described>>
  readonly item?: Described
  readonly items?: readonly Described[]
  readonly wrapped?: Described
  readonly options?: readonly unknown[]
  readonly class?: { readonly name: string }
  readonly pipe?: readonly { readonly type: string; readonly requirement?: unknown }[]
}

const arrayOf = (item: Described): string =>
  /[ |]/.test(typeName(item)) && item.type !== 'object' && item.type !== 'tuple'
    ? `(${typeName(item)})[]`
    : `${typeName(item)}[]`

const ofParts: Readonly<Record<string, (schema: Described) => string | undefined>> = {
  array: ({ item }) => item && arrayOf(item),
  tuple: ({ items }) => `[${items?.map(typeName).join(', ')}]`,
  object: ({ entries = {} }) => `{ ${Object.entries(entries).map(member).join('; ')} }`,
  optional: ({ wrapped }) => wrapped && typeName(wrapped),
  nullable: ({ wrapped }) => wrapped && `${typeName(wrapped)} | null`,
  picklist: ({ options }) => options?.map((option) => `'${String(option)}'`).join(' | '),
  instance: ({ class: kind }) => kind?.name,
  union: ({ options }) =>
    options?.every(isSchema) ? options.map(typeName).join(' | ') : undefined,
}

const isSchema = (option: unknown): option is Described =>
  typeof option === 'object' && option !== null && isDescribed(option)

const isOptional = (schema: Described): boolean => schema.type === 'optional'

const member = ([name, schema]: readonly [string, Described]): string =>
  `${name}${isOptional(schema) ? '?' : ''}: ${typeName(schema)}`

const typeName = (schema: Described): string => {
  const plain = ['string', 'number', 'boolean', 'bigint', 'unknown', 'any']
  const name = ofParts[schema.type]?.(schema) ?? (plain.includes(schema.type) && schema.type)
  if (name) return name
  throw new Error(`The reference page has no word for a schema of type ${schema.type}.`)
}

const ofRules: Readonly<Record<string, (requirement: unknown) => string>> = {
  min_length: (length) => (length === 1 ? 'not empty' : `at least ${String(length)} long`),
  max_length: (length) => `at most ${String(length)} long`,
  safe_integer: () => 'whole',
  integer: () => 'whole',
  min_value: (value) => `at least ${String(value)}`,
  max_value: (value) => `at most ${String(value)}`,
  regex: (pattern) => `matches \`${String(pattern)}\``,
}

/** What a value must obey beside its type, through wrappers and into the items of a list. */
const rulesOf = (schema: Described): readonly string[] => {
  const own = (schema.pipe ?? []).slice(1).map(({ type, requirement }) => {
    const say = ofRules[type]
    if (say === undefined) throw new Error(`The reference page has no word for the rule ${type}.`)
    return say(requirement)
  })
  if (schema.wrapped) return [...own, ...rulesOf(schema.wrapped)]
  if (schema.item) return [...own, ...rulesOf(schema.item).map((rule) => `each ${rule}`)]
  return own
}

const cell = (text: string): string => text.replaceAll('|', '\\|')

const row = ([name, schema]: readonly [string, Described]): string => {
  const optional = isOptional(schema) ? 'optional' : ''
  const notes = [optional, ...rulesOf(schema)].filter((note) => note !== '').join(', ')
  return `| \`${name}\` | \`${cell(typeName(schema))}\` | ${cell(notes)} |`
}

/** Valibot's schemas describe themselves; the definition knows them only as standard schemas. */
const isDescribed = (schema: object): schema is Described =>
  'type' in schema && typeof schema.type === 'string'

const section = (type: string, { version, about, data }: EventDefinition): string => {
  if (!isDescribed(data)) throw new Error(`The schema of ${type} does not describe itself.`)
  if (about === undefined) throw new Error(`${type} says nothing about itself: give it \`about\`.`)
  const fields = Object.entries(data.entries ?? {})
  const table = ['| field | type | |', '|---|---|---|', ...fields.map(row)].join('\n')
  return `### ${type}\n\n${about} Version ${version}.\n\n${fields.length > 0 ? table : 'It carries no data.'}`
}

const preface = `<!-- biome-ignore-all format: a program writes this page -->

# Events

<!-- Written by \`npm run docs:reference\` from the schemas. Change those. -->

Everything that varve knows is one of these events, in the order in which they were recorded. An event is
never changed: when the data of a type changes shape, its version goes up, and older events are brought up
to date as they are read.

Beside its data, every event carries \`position\` (in the log, from 0), \`stream\` (what it is about, such as
\`run:0192…\`), \`revision\` (in the stream, from 0), \`type\`, \`schema\` (the version below), \`recordedAt\` (the
engine's clock, ms since the epoch, never decreasing), \`actor\` (who) and, where there is something to say,
\`meta\` (\`comment\`, \`idempotencyKey\`, \`causation\`, \`correlation\`; \`claimed\` where an import says what it did
not witness).`

/** The reference page of events, as Markdown. */
export const eventsReference = (families: readonly EventFamily[]): string => {
  const noun = (family: EventFamily): string => {
    const sections = Object.entries(family.types).map(([type, event]) => section(type, event))
    return [`## ${family.noun}`, ...sections].join('\n\n')
  }
  return `${[preface, ...families.map(noun)].join('\n\n')}\n`
}
