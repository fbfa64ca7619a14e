/** What a field may hold; `null` stands for absent. */
export type FieldValue = string | number | readonly string[] | null

/** A field that is not the same at both moments: `status`, `params.max_depth`. */
export interface FieldDiff {
  readonly field: string
  readonly before: FieldValue
  readonly after: FieldValue
}

type Values = ReadonlyMap<string, FieldValue>

/** The fields of an entity: its own under `''`, those with keys of the user's choice by their group. */
export type Fields = ReadonlyMap<string, Values>

export const noFields: Fields = new Map()

/** A field that an entity may lack. */
type Own = Readonly<Record<string, FieldValue | undefined>>
type Group = Iterable<readonly [key: string, value: FieldValue]>

/** The fields of an entity. The names of own fields and of groups are ours, the keys in groups are not. */
export const fieldsOf = (own: Own, groups: Readonly<Record<string, Group>>): Fields =>
  new Map<string, Values>([
    ['', new Map(Object.entries(own).map(([field, value]) => [field, value ?? null]))],
    ...Object.entries(groups).map(([group, pairs]) => [group, new Map(pairs)] as const),
  ])

const isSame = (before: FieldValue, after: FieldValue): boolean => {
  if (!Array.isArray(before) || !Array.isArray(after)) return Object.is(before, after)
  return before.length === after.length && before.every((item, at) => item === after[at])
}

const nothing: Values = new Map()

/** The fields that differ: own ones in their order, then group by group and sorted by key. */
export const changedFields = (before: Fields, after: Fields): readonly FieldDiff[] =>
  [...new Set([...before.keys(), ...after.keys()])].flatMap((group) => {
    const old = before.get(group) ?? nothing
    const now = after.get(group) ?? nothing
    const keys = [...new Set([...old.keys(), ...now.keys()])]
    if (group !== '') keys.sort()
    return keys.flatMap((key) => {
      const change = { before: old.get(key) ?? null, after: now.get(key) ?? null }
      if (isSame(change.before, change.after)) return []
      return [{ field: group === '' ? key : `${group}.${key}`, ...change }]
    })
  })
