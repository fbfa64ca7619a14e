export { ERASED } from '../kernel/events/payload-events.ts'
export {
  type EraseOptions,
  type Erasure,
  erase,
  removeFilesOf,
} from './erase.ts'
export { type ErasingErrorCode, erasingErrorCodes } from './errors.ts'
export type { ErasureSelector } from './selector.ts'
