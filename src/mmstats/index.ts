export { type CleanedMmstats, type CleanMmstatsOptions, cleanMmstats } from './clean.ts'
export { listMmstats, listUnfinished, mmstatsIn, unfinishedIn } from './glob.ts'
export { mmstatsFile, mmstatsGlob, mmstatsPath } from './names.ts'
export type { MmstatsField, MmstatsFields } from './read/field.ts'
export {
  MmstatsReader,
  type MmstatsReaderOptions,
  openMmstats,
  readMmstats,
  readMmstatsFields,
} from './read/reader.ts'
export type { KindOf } from './read/snapshot.ts'
export { type FieldValue, toJsonValue } from './read/value.ts'
export { isMmstats } from './read/walk.ts'
export type { WriterLife } from './read/writer-life.ts'
export { type Average, average, movingAverage } from './write/average.ts'
export { type Constant, staticNumber, staticText } from './write/constant.ts'
export type { FieldOptions, FieldType } from './write/field-type.ts'
export { type Float, float32, float64 } from './write/float.ts'
export {
  type Bool,
  bool,
  type Counter64,
  counter64,
  type Integer,
  int8,
  int16,
  int32,
  int64,
  uint8,
  uint16,
  uint32,
  uint64,
} from './write/integer.ts'
export { type Mmstats, type MmstatsOptions, type Model, mmstats } from './write/model.ts'
export { type MmstatsPublication, type PublishMmstatsOptions, publishMmstats } from './write/publish-mmstats.ts'
export type { StatsFile } from './write/stats-file.ts'
export { string, type Text } from './write/text.ts'
export { type RunTimer, type RunTimerOptions, timer } from './write/timer.ts'
