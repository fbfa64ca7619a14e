/** The same fields, none of them `undefined`. */
export type Defined<T> = { readonly [Key in keyof T]: Exclude<T[Key], undefined> }

/** The fields that have a value: an absent one and one that is `undefined` are the same to a caller. */
export const defined = <T extends object>(fields: T): Defined<T> =>
  // `as` because Object.fromEntries forgets which keys there were.
  Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as Defined<T>
