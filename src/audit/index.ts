export { type Diff, diffMoments, type EntityDiff, type ResponsibleEvent } from './diff.ts'
export type { FieldDiff, FieldValue } from './fields.ts'
export { type AuditSources, eventRange } from './sources.ts'
export { type AliasMove, type Approval, type Why, whyModel } from './why.ts'
