import type { Platform } from './platform.ts'

/** The browser decides when its databases reach the disk. */
export const durabilities: Platform['durabilities'] = ['relaxed']
