import { enumOf } from '../wire/fields.ts'

/** Which of the deleted and the others are wanted. */
export const viewType = enumOf({ ACTIVE_ONLY: 1, DELETED_ONLY: 2, ALL: 3 })

/** The same, as varve calls it. */
export const lifecycles = { ACTIVE_ONLY: 'active', DELETED_ONLY: 'deleted', ALL: 'all' } as const
