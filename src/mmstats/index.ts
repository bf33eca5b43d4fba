export type { MmstatsField, MmstatsFields } from './field.ts'
export {
  MmstatsReader,
  type MmstatsReaderOptions,
  openMmstats,
  readMmstats,
  readMmstatsFields,
} from './reader.ts'
export type { KindOf } from './snapshot.ts'
export { type FieldValue, toJsonValue } from './value.ts'
export { isMmstats } from './walk.ts'
export type { WriterLife } from './writer-life.ts'
