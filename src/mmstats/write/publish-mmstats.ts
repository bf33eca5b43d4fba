import { optionInvalid, PlimsollError, reasonOf } from '../../errors.ts'
import { checkOptions, type OptionRules, readable } from '../../options.ts'
import { onProcessEnd } from '../../os/process-end.ts'
import { warn } from '../../os/warning.ts'
import { Schedule } from '../../schedule.ts'
import type { Snapshot, Source } from '../../snapshot/snapshot.ts'
import type { FieldType } from './field-type.ts'
import { float64 } from './float.ts'
import { bool, counter64, int64 } from './integer.ts'
import type { Entry } from './lay-out.ts'
import { type MirroredField, mirroredFields } from './mirror.ts'
import { withGoodLabels } from './mirror-labels.ts'
import { createStats, type MmstatsOptions, mmstatsRules } from './model.ts'
import type { StatsFile } from './stats-file.ts'
import { string } from './text.ts'

/** Where the mirror of a registry goes. */
export interface PublishMmstatsOptions extends Omit<MmstatsOptions, 'path' | 'defaultFields'> {
  /** The directory; the same as `path` of a model. Default: `$MMSTATS_PATH`, else the directory of temporary files. */
  readonly dir?: string
  /** Milliseconds from one update to the next, 10 to 3,600,000. @default 1000 */
  readonly intervalMs?: number
}

const { path: dir, defaultFields: _, ...fileRules } = mmstatsRules
const rules: OptionRules<PublishMmstatsOptions> = {
  ...fileRules,
  dir,
  intervalMs: [
    (given) => typeof given === 'number' && given >= 10 && given <= 3_600_000,
    'a number from 10 to 3,600,000',
  ],
}

/** A registry that mmstats readers see. */
export interface MmstatsPublication {
  /** Path of the file; `undefined` where there is none. */
  readonly file: string | undefined
  /** Why there is no file, or what went wrong the last time. */
  readonly error: PlimsollError | undefined
  /** Brings the file up to date now. */
  update(): Promise<void>
  /** Ends the mirroring with a last update where the source answers at once, and leaves the file. */
  close(): void
  /** As `close`, and removes the file. */
  remove(): void
}

/**
 * Mirrors a registry, or any other source, into an mmstats file of version 1, every second and at exit. The app's own
 * recording stays as fast as it is. The fields of a file are fixed, so a new series makes a new file in place of the old
 * one, at most once an update; old tools that keep a file open must be started again to see it.
 *
 * Throws PLIMSOLL_OPTION_INVALID for a wrong option, and nothing else: where no file can be had one warning says so, and
 * `error` has it; each update tries again.
 */
export function publishMmstats(source: Source, options: PublishMmstatsOptions = {}): MmstatsPublication {
  const where = 'publishMmstats()'
  checkOptions(where, options, rules)
  const [isReadable, expected] = readable
  if (!isReadable(source, options)) throw optionInvalid('source', where, source, expected)
  return new Mirror(source, options)
}

/** A field of any type, set to a value of its type. */
interface Settable {
  set(value: never): void
}

class Mirror implements MmstatsPublication {
  error: PlimsollError | undefined
  readonly #source: Source
  readonly #options: PublishMmstatsOptions
  readonly #schedule: Schedule
  readonly #forgetEnd: () => void
  #stats: StatsFile | undefined
  #fields: readonly Settable[] = []
  /** Labels and types of the file. */
  #plan = ''
  #open = true

  constructor(source: Source, options: PublishMmstatsOptions) {
    const { intervalMs = 1000 } = options
    this.#source = source
    this.#options = options
    this.#schedule = new Schedule(() => this.#update(), { intervalMs, onChange: (cause) => this.#report(cause) })
    void this.#schedule.run()
    this.#forgetEnd = onProcessEnd(() => this.close())
  }

  get file(): string | undefined {
    return this.#stats?.file
  }

  async update(): Promise<void> {
    if (this.#open) await this.#schedule.run()
  }

  close(): void {
    if (!this.#open) return
    void this.#schedule.run()
    this.#end()
    this.#stats?.close()
  }

  remove(): void {
    this.#end()
    this.#stats?.remove()
  }

  #end(): void {
    this.#open = false
    void this.#schedule.stop()
    this.#forgetEnd()
  }

  #update(): void | Promise<void> {
    const snapshot = this.#source.read()
    if (!(snapshot instanceof Promise)) return this.#write(snapshot)
    return snapshot.then((answer) => {
      if (this.#open) this.#write(answer)
    })
  }

  #write(snapshot: Snapshot): void {
    const mirrored = withGoodLabels(mirroredFields(snapshot), this.#options.labelPrefix ?? '')
    const plan = mirrored.map((field) => fieldTypeOf(field).signature + field.label).join('\0')
    if (this.#stats?.file === undefined || plan !== this.#plan) this.#create(mirrored, plan)
    else for (const [i, { value }] of mirrored.entries()) this.#fields[i]?.set(value as never)
  }

  /** The values are in the new file before it has its name: readers find no zeros in between. */
  #create(mirrored: readonly MirroredField[], plan: string): void {
    const entries = mirrored.map((field): Entry => [field.label, starting(field)])
    const { dir, ...rest } = this.#options
    const before = this.#stats
    const options = { ...rest, ...(dir !== undefined && { path: dir }), onWarning: () => {} }
    const { file, fields } = createStats(entries, options, before?.file !== undefined)
    if (file.error !== undefined) throw file.error
    this.#stats = file
    this.#fields = fields as readonly Settable[]
    this.#plan = plan
    before?.close()
  }

  #report(cause: unknown): void {
    this.error = cause === undefined || cause instanceof PlimsollError ? cause : notUpdated(this.file, cause)
    if (this.error !== undefined) warn(this.error, this.#options.onWarning)
  }
}

/** A field that is there from the beginning with its value. */
function starting(mirrored: MirroredField): Entry[1] {
  const kind = fieldTypeOf(mirrored)
  return {
    ...kind,
    open(memory, at) {
      const field = kind.open(memory, at)
      field.set(mirrored.value as never)
      return field
    },
  }
}

function fieldTypeOf(mirrored: MirroredField): FieldType<Settable> {
  switch (mirrored.type) {
    case 'Q':
      return counter64()
    case 'q':
      return int64()
    case 'd':
      return float64()
    case '?':
      return bool()
    case 's':
      return string(mirrored.size)
    default:
      return mirrored satisfies never
  }
}

function notUpdated(file: string | undefined, cause: unknown): PlimsollError {
  const values = { file: file ?? 'of this process', reason: reasonOf(cause) }
  return new PlimsollError('PLIMSOLL_MMSTATS_NOT_UPDATED', values, { cause })
}
