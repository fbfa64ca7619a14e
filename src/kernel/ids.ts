/** A page that came by plain `http` has random bytes, and no UUIDs. */
const randomDigits = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('')

/** A new random id: 32 lower-case hex digits, the form of MLflow's run ids. */
export const newId = (): string =>
  'randomUUID' in crypto ? crypto.randomUUID().replaceAll('-', '') : randomDigits()
