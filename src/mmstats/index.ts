export { type Average, average, type MovingAverage, movingAverage } from './average.ts'
export { type CleanedMmstats, type CleanMmstatsOptions, cleanMmstats } from './clean.ts'
export { type Constant, staticNumber, staticText } from './constant.ts'
export { type Counter64, counter64 } from './counter64.ts'
export type { MmstatsField, MmstatsFields } from './field.ts'
export type { FieldOptions, FieldType } from './field-type.ts'
export { type Float32, type Float64, float32, float64 } from './float.ts'
export { listMmstats, listUnfinished, mmstatsIn, unfinishedIn } from './glob.ts'
export { type Bool, bool, type Integer, int8, int16, int32, uint8, uint16, uint32 } from './integer.ts'
export { type Integer64, int64, uint64 } from './integer64.ts'
export { type Mmstats, type MmstatsOptions, type Model, mmstats } from './model.ts'
export { mmstatsFile, mmstatsGlob, mmstatsPath } from './names.ts'
export { type MmstatsPublication, type PublishMmstatsOptions, publishMmstats } from './publish-mmstats.ts'
export {
  MmstatsReader,
  type MmstatsReaderOptions,
  openMmstats,
  readMmstats,
  readMmstatsFields,
} from './reader.ts'
export type { KindOf } from './snapshot.ts'
export type { StatsFile } from './stats-file.ts'
export { string, type Text } from './text.ts'
export { type RunTimer, type RunTimerOptions, timer } from './timer.ts'
export { type FieldValue, toJsonValue } from './value.ts'
export { isMmstats } from './walk.ts'
export type { WriterLife } from './writer-life.ts'
