import { type ArtifactErrorCode, artifactErrorCodes } from './artifacts/index.ts'
import { type ErasingErrorCode, erasingErrorCodes } from './erasing/index.ts'
import { type KernelErrorCode, kernelErrorCodes } from './kernel/errors.ts'
import { type LoggedModelErrorCode, loggedModelErrorCodes } from './logged-models/index.ts'
import { type RegistryErrorCode, registryErrorCodes } from './registry/index.ts'
import { type TrackingErrorCode, trackingErrorCodes } from './tracking/index.ts'

/** Every code that a `DomainError` of varve's may have. */
export type ErrorCode =
  | KernelErrorCode
  | ArtifactErrorCode
  | TrackingErrorCode
  | RegistryErrorCode
  | LoggedModelErrorCode
  | ErasingErrorCode

/** Every code, with its meaning. */
export const errorCodes: Readonly<Record<ErrorCode, string>> = {
  ...kernelErrorCodes,
  ...artifactErrorCodes,
  ...trackingErrorCodes,
  ...registryErrorCodes,
  ...loggedModelErrorCodes,
  ...erasingErrorCodes,
}
