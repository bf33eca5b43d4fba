import { closeSync, fstatSync } from 'node:fs'
import { type Clock, systemClock } from '../../clock.ts'
import { PlimsollError } from '../../errors.ts'
import { callback, checkOptions, clockLike, type OptionRules } from '../../options.ts'
import { openReadable } from '../../os/trusted-file.ts'
import { selectSnapshot } from '../../snapshot/selection.ts'
import type { Selection } from '../../snapshot/selector-type.ts'
import type { Snapshot, Source } from '../../snapshot/snapshot.ts'
import { formatVersion } from '../layout.ts'
import type { MmstatsField, MmstatsFields } from './field.ts'
import { readHead } from './file.ts'
import { isInPlace, settledValue, valueBytes } from './settle.ts'
import { type KindOf, kindOf, snapshotOf } from './snapshot.ts'
import { decodeValue } from './value.ts'
import { type Defect, type FieldPlace, type Walk, walkFields } from './walk.ts'
import { describeWriter, type WriterLife, writerLife } from './writer-life.ts'

/** Options of a reader of mmstats files. */
export interface MmstatsReaderOptions {
  /** Where `takenAt` comes from. Default: the machine's clock. */
  readonly clock?: Clock
  /**
   * Which numbers only go up; the format does not say. Default: buffered `Q` fields are counters, all others gauges.
   * What is not a number is not asked for.
   */
  readonly kindOf?: KindOf
  /** Takes the defect of a damaged file; then `read` gives the fields before it. Default: `read` throws the defect. */
  readonly onDefect?: (defect: PlimsollError) => void
}

const rules: OptionRules<MmstatsReaderOptions> = { clock: clockLike, kindOf: callback, onDefect: callback }

const firstLook = 2 ** 16
/** How often reading restarts for a file that is rewritten meanwhile, and how many attempts a value may need to settle. */
const maxStarts = 5
const maxLooks = 64
/** Large files get fewer looks: so many bytes in all. */
const maxLookedBytes = 2 ** 26

/**
 * An mmstats file of version 1, open for reading, live or left behind. Reads with `pread`, so a file cut short under it is
 * an error and never a signal; at most 16 MiB and 100,000 fields. The writer notices nothing.
 */
export class MmstatsReader implements Source {
  /** Path of the file. */
  readonly file: string
  private readonly fd: number
  private readonly clock: Clock
  private readonly kindOf: KindOf
  private readonly onDefect: ((defect: PlimsollError) => void) | undefined

  /** Made by {@link openMmstats}. */
  constructor(file: string, fd: number, options: MmstatsReaderOptions) {
    this.file = file
    this.fd = fd
    this.clock = options.clock ?? systemClock
    this.kindOf = options.kindOf ?? kindOf
    this.onDefect = options.onDefect
  }

  /**
   * The file now. Throws PLIMSOLL_MMSTATS_DAMAGED for a file with a defect, also when there are fields before it unless
   * `onDefect` takes it, PLIMSOLL_MMSTATS_VERSION and PLIMSOLL_PAGE_UNREADABLE. All fields are read, whatever is selected of
   * them.
   */
  read(selection?: Selection): Snapshot {
    const { fields, defect } = this.fields()
    if (defect !== undefined) {
      if (this.onDefect === undefined || fields.length === 0) throw defect
      this.onDefect(defect)
    }
    const writer = describeWriter(this.file, this.fd, fields, this.life(fields))
    return selectSnapshot(snapshotOf(fields, writer, this.clock.unixTime(), this.kindOf), selection)
  }

  /**
   * All fields now, or those before the first defect. No value goes back from one call to the next, unless the writer
   * took it back. Throws PLIMSOLL_MMSTATS_VERSION for any other first byte than 1, and PLIMSOLL_PAGE_UNREADABLE.
   */
  fields(): MmstatsFields {
    for (let start = 0; start < maxStarts; start++) {
      const { image, walk } = this.find()
      const values = this.settle(image.subarray(0, walk.end), walk.places)
      if (values === undefined) continue
      const fields = walk.places.map(({ label, type, signature, buffered }, i) => {
        return { label, type, buffered, value: decodeValue(values[i] as Buffer, signature) }
      })
      return { fields, defect: walk.defect && damaged(this.file, walk.defect) }
    }
    const defect = { where: 'its fields', found: 'different ones at each read', expected: 'fields that stay the same' }
    return { fields: [], defect: damaged(this.file, defect) }
  }

  /** Whether the writer runs. `fields` are those of this file; read again when they are not given. */
  life(fields: readonly MmstatsField[] = this.fields().fields): WriterLife {
    return writerLife(this.file, this.fd, fields)
  }

  /** Closes the file; the reader is of no more use. */
  close(): void {
    closeSync(this.fd)
  }

  private find(): { image: Buffer; walk: Walk } {
    for (let most = firstLook; ; ) {
      const size = fstatSync(this.fd).size
      const image = readHead(this.file, this.fd, Math.min(size, most))
      const found = image[0]
      if (found !== formatVersion) {
        const values = { file: this.file, found: found ?? 'nothing', expected: formatVersion }
        throw new PlimsollError('PLIMSOLL_MMSTATS_VERSION', values)
      }
      // Less than was asked for: the file has been cut short.
      const walk = walkFields(image, image.length < Math.min(size, most) ? image.length : size)
      if (walk.needs === undefined) return { image, walk }
      most = Math.max(2 * most, walk.needs)
    }
  }

  /** The bytes of all values; `undefined` when the file became another one on the way. */
  private settle(image: Buffer, places: readonly FieldPlace[]): Buffer[] | undefined {
    const values = new Array<Buffer>(places.length)
    let open = places.map((place, i) => ({ place, i }))
    const most = Math.max(3, Math.min(maxLooks, maxLookedBytes / image.length))
    let first = image
    for (let look = 1; open.length > 0; look++) {
      const looks = { first, second: readHead(this.file, this.fd, image.length) }
      if (looks.second.length < image.length) return undefined
      if (!open.every(({ place }) => isInPlace(place, looks))) return undefined
      open = open.filter(({ place, i }) => {
        // The writer never pauses, and there is no check: return the last read.
        const last = look >= most ? valueBytes(place, first, first[place.flagAt] as number) : undefined
        const value = settledValue(place, looks) ?? last
        if (value === undefined) return true
        values[i] = value
        return false
      })
      first = looks.second
    }
    return values
  }
}

/**
 * Opens an mmstats file for reading, whatever its name. Throws PLIMSOLL_PAGE_UNREADABLE for what is missing, not a regular
 * file (links too) or not readable by this user, and PLIMSOLL_PAGE_FOREIGN for a file of a user other than this one, root and
 * the owner of the directory; the contents are checked by the first read.
 */
export function openMmstats(file: string, options: MmstatsReaderOptions = {}): MmstatsReader {
  checkOptions('openMmstats()', options, rules)
  return new MmstatsReader(file, openReadable(file).fd, options)
}

/** Reads the numbers of an mmstats file once. Throws what {@link openMmstats} and `read` throw. */
export function readMmstats(file: string, options: MmstatsReaderOptions = {}): Snapshot {
  const reader = openMmstats(file, options)
  try {
    return reader.read()
  } finally {
    reader.close()
  }
}

/** Reads the fields of an mmstats file once, text included. Throws what {@link openMmstats} and `fields` throw. */
export function readMmstatsFields(file: string): MmstatsFields {
  const reader = openMmstats(file)
  try {
    return reader.fields()
  } finally {
    reader.close()
  }
}

function damaged(file: string, defect: Defect): PlimsollError {
  return new PlimsollError('PLIMSOLL_MMSTATS_DAMAGED', { file, ...defect })
}
