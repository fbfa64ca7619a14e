import { errorsOf } from '../kernel/errors.ts'

const demoErrorCodes = {
  DEMO_USAGE: 'The arguments of the demo could not be understood.',
  DEMO_FOLDER_TAKEN: 'Something stands where the demo would put its store.',
  DEMO_FIXTURE_MISSING: 'A file that the demo reads is not there.',
} as const

export const demoError = errorsOf(demoErrorCodes)
