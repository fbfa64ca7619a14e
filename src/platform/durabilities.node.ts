import type { Platform } from './platform.ts'

/** A store is made to survive a power cut, or, when it is asked for, the death of its process alone. */
export const durabilities: Platform['durabilities'] = ['fsync', 'os']
