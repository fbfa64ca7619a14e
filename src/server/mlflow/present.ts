/** The fields that have a value: to varve, an absent one and an empty one are not the same. */
export const present = <T extends object>(
  fields: T,
): { readonly [Key in keyof T]?: Exclude<T[Key], undefined> } =>
  // `as` because Object.fromEntries forgets which keys there were.
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    readonly [Key in keyof T]?: Exclude<T[Key], undefined>
  }

/** A text, unless it is empty: in protobuf's JSON the empty text stands for none. */
export const unlessEmpty = (text: string | undefined): string | undefined =>
  text === '' ? undefined : text
