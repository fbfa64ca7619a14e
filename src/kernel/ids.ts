/** A new random id: 32 lower-case hex digits, the form of MLflow's run ids. */
export const newId = (): string => crypto.randomUUID().replaceAll('-', '')
