export { type CollectionOptions, collection } from './collection.ts'
export type { LabelledMetrics } from './object-part.ts'
export { type ObjectStats, type ObjectTemplates, type StatsForOptions, statsFor } from './object-stats.ts'
export {
  type AnyClass,
  Metered,
  type MeteredClass,
  type MeteredField,
  type MeteredOptions,
  metered,
} from './per-class.ts'
export { childrenByValue, type Sum, type SumTemplate, sumOfChildren } from './sum-template.ts'
export { type Members, type Template, type Templates, template } from './template.ts'
