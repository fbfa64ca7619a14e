export { type InteropErrorCode, interopErrorCodes } from './errors.ts'
export type { ImportCounts, ImportProgress, ImportSummary } from './import/summary.ts'
export { type ImportOptions, importMlflow } from './import-mlflow.ts'
export type { LeftOut, SourceProblem } from './mlflow/index.ts'
