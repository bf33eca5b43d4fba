import { optionInvalid } from '../../errors.ts'
import { callback, checkOptions, flag, type OptionRules, text } from '../../options.ts'
import { type OnWarning, warn } from '../../os/warning.ts'
import { rejectedLabel } from '../layout.ts'
import { mmstatsFile } from '../names.ts'
import { defaultEntries } from './default-fields.ts'
import type { FieldType } from './field-type.ts'
import type { Counter64 } from './integer.ts'
import { type Entry, layOut } from './lay-out.ts'
import { StatsFile } from './stats-file.ts'

/** Where an mmstats file goes, and how it is labelled. */
export interface MmstatsOptions {
  /** Put in front of all labels as it is, those of the default fields too. @default '' */
  readonly labelPrefix?: string
  /**
   * May hold `{CMD}`, `{PID}` and `{TID}`; one without `{TID}` fits one thread, one without `{PID}` one process.
   * Default: `$MMSTATS_FILES`, else `{CMD}-{PID}-{TID}.mmstats`.
   */
  readonly filename?: string
  /** The directory; may hold the same. Default: `$MMSTATS_PATH`, else the directory of temporary files. */
  readonly path?: string
  /** Whether the file identifies its writer: without that, it cannot be determined when it may be removed. @default true */
  readonly defaultFields?: boolean
  /** Rights of the file; the process's umask takes some away. @default 0o644 */
  readonly mode?: number
  /** Called with the error when there is no file. Default: `process.emitWarning`. What it throws or rejects with is dropped. */
  readonly onWarning?: OnWarning
}

/** The fields of a model: their kinds, by name. */
export interface Model {
  readonly [key: string]: FieldType<unknown>
}

/** The fields of a model, by the same names, and the file that they are in. */
export type Mmstats<M extends Model> = StatsFile & {
  readonly [K in keyof M]: M[K] extends FieldType<infer Field> ? Field : never
}

/** Names that mean the file. */
const kept: readonly string[] = ['file', 'error', 'flush', 'close', 'remove', 'constructor', '__proto__']

/**
 * Makes an mmstats file of version 1 with these fields, which mmstats readers in any language see live, and after the
 * death of the process. Call it once in each process and thread.
 *
 *     const stats = mmstats({ hits: counter64(), name: string(32) }, { labelPrefix: 'web.' })
 *     stats.hits.inc()
 *
 * Throws PLIMSOLL_MMSTATS_LABEL and PLIMSOLL_OPTION_INVALID for a wrong model or option, and nothing else: where no file
 * can be had, the fields are on the heap, one warning says so, and `error` has it.
 */
export function mmstats<const M extends Model>(model: M, options: MmstatsOptions = {}): Mmstats<M> {
  checkModel(model)
  checkOptions('mmstats()', options, mmstatsRules)
  const wrong = Object.keys(model).find((key) => kept.includes(key))
  if (wrong !== undefined) {
    throw optionInvalid(wrong, 'mmstats()', model[wrong], 'another key, as the result has a property of this name')
  }
  const prefix = options.labelPrefix ?? ''
  const entries = Object.entries(model).map(([key, type]): Entry => [prefix + (type.label ?? key), type])
  const { file, fields } = createStats(entries, options)
  return Object.assign(file, Object.fromEntries(Object.keys(model).map((key, i) => [key, fields[i]]))) as Mmstats<M>
}

/** Fields are known by what makes them. */
function checkModel(model: unknown): void {
  const expected = 'an object of fields, such as counter64() or string()'
  if (typeof model !== 'object' || model === null) throw optionInvalid('model', 'mmstats()', model, expected)
  for (const [key, type] of Object.entries(model)) {
    const { open } = (type ?? {}) as Partial<FieldType<unknown>>
    if (typeof open !== 'function') throw optionInvalid(`model.${key}`, 'mmstats()', type, expected)
  }
}

/** Which options are valid. */
export const mmstatsRules: OptionRules<MmstatsOptions> = {
  labelPrefix: text,
  filename: text,
  path: text,
  defaultFields: flag,
  mode: [(given) => Number.isInteger(given), 'file permissions as a number, such as 0o644'],
  onWarning: callback,
}

/** As {@link mmstats}, for labels that have their prefix already; gives the fields in the order of the entries. */
export function createStats(
  entries: readonly Entry[],
  options: MmstatsOptions,
  replace = false,
): { file: StatsFile; fields: readonly unknown[] } {
  const { path, filename, mode = 0o644, onWarning } = options
  const target = mmstatsFile(path, filename)
  const own = new Set(entries.map(([label]) => label))
  const prefixed = defaultEntries().map(([label, type]): Entry => [(options.labelPrefix ?? '') + label, type])
  const added = options.defaultFields === false ? [] : prefixed.filter(([label]) => !own.has(label))
  const all = [...entries, ...added]
  const { memory, fields } = layOut(all)
  const rejected = added.findIndex(([label]) => label.endsWith(rejectedLabel))
  if (rejected !== -1) memory.rejections = fields[entries.length + rejected] as Counter64
  const file = new StatsFile(memory, { file: target, mode, replace })
  if (file.error !== undefined) warn(file.error, onWarning)
  return { file, fields: fields.slice(0, entries.length) }
}
