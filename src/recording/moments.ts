import { PlimsollError } from '../errors.ts'
import { parseJson } from '../formats/json/json-parse.ts'
import type { MachineClock } from '../page/read/header.ts'
import type { PageFailure } from '../page/read/open-pages.ts'
import { PageReader } from '../page/read/reader.ts'
import { selectSnapshot } from '../snapshot/selection.ts'
import type { Selection } from '../snapshot/selector-type.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import type { GoneLine, HeadLine, Line, MomentLine, PageLine, SnapshotLine } from './lines.ts'
import { recordingVersion } from './lines.ts'
import { RecordedPage } from './recorded-page.ts'

/** Memory of all pages together: no recorder has more. */
const maxBytes = 2 ** 30

/** When a moment was. */
export interface ReadMoment {
  /** Unix time in seconds. */
  readonly time: number
  /** Seconds of a clock that nobody sets. */
  readonly now: number
}

interface Page {
  readonly file: string
  readonly isRetained: boolean
  readonly bytes: RecordedPage
  readonly reader: PageReader
}

/** The moments of one member, one after the other. What is not complete at its end is left out. */
export class Moments {
  readonly interval: number
  /** The one that was reached. */
  current: ReadMoment | undefined
  readonly firstTime: number | undefined
  readonly lastTime: number | undefined
  readonly #lines: string[]
  readonly #ends: { readonly line: number; readonly moment: ReadMoment }[] = []
  readonly #clock: MachineClock
  readonly #pages = new Map<number, Page>()
  readonly #snapshots = new Map<string, Snapshot>()
  #bytes = 0
  #line = 1
  #reached = 0

  constructor(text: string) {
    // The last piece has no line end: it is empty, or cut off.
    this.#lines = text.split('\n').slice(0, -1)
    const head = parsed<HeadLine>(this.#lines[0])
    const isKnown = head?.plimsoll === 'recording' && head.version === recordingVersion
    this.interval = isKnown && head.interval > 0 ? head.interval : 1
    const boot = Buffer.from(String(head?.boot ?? ''), 'hex')
    this.#clock = { boot, now: () => (this.current?.now ?? 0) * 1000, unixTime: () => this.current?.time ?? 0 }
    for (const [line, text] of isKnown ? this.#lines.entries() : []) {
      const moment = text.startsWith('{"time":') ? parsed<MomentLine>(text) : undefined
      if (Number.isFinite(moment?.time) && Number.isFinite(moment?.now))
        this.#ends.push({ line, moment: moment as MomentLine })
    }
    this.firstTime = this.#ends[0]?.moment.time
    this.lastTime = this.#ends.at(-1)?.moment.time
  }

  /** The time of the next one. */
  peek(): number | undefined {
    return this.#ends[this.#reached]?.moment.time
  }

  /** Goes on to the next one; `undefined` at the end, or where a line is damaged. */
  next(): ReadMoment | undefined {
    const end = this.#ends[this.#reached]
    if (end === undefined) return undefined
    try {
      for (; this.#line < end.line; this.#line++) this.#take(JSON.parse(this.#lines[this.#line] as string) as Line)
    } catch {
      this.#ends.length = this.#reached
      return undefined
    }
    this.#line++
    this.#reached++
    this.current = end.moment
    return end.moment
  }

  /** What there was at the current moment. */
  read(selection: Selection | undefined): { parts: Snapshot[]; retained: Snapshot[]; failures: PageFailure[] } {
    const parts: Snapshot[] = []
    const retained: Snapshot[] = []
    const failures: PageFailure[] = []
    for (const { file, isRetained, reader } of this.#pages.values()) {
      try {
        const snapshot = reader.read(selection)
        if (isRetained) retained.push(snapshot)
        else parts.push(snapshot)
      } catch (error) {
        if (!(error instanceof PlimsollError)) throw error
        failures.push({ file, error })
      }
    }
    const takenAt = this.current?.time ?? 0
    for (const one of this.#snapshots.values()) parts.push({ ...selectSnapshot(one, selection), takenAt })
    return { parts, retained, failures }
  }

  #take(line: Line): void {
    if ('writer' in line) this.#begin(line)
    else if ('page' in line) this.#pages.get(line.page)?.bytes.apply(line)
    else if ('gone' in line) this.#forget(line)
    else if ('source' in line) this.#takeSnapshot(line)
  }

  #begin(line: PageLine): void {
    const takeBytes = (count: number): void => {
      this.#bytes += count
      if (this.#bytes > maxBytes) throw new RangeError('too many bytes')
    }
    const bytes = new RecordedPage(line, takeBytes)
    const { file, retained = false } = line
    const reader = new PageReader(file, bytes, { clock: this.#clock })
    this.#pages.set(line.page, { file, isRetained: retained, bytes, reader })
  }

  #forget({ gone }: GoneLine): void {
    for (const page of gone) this.#pages.delete(page)
  }

  #takeSnapshot({ source, snapshot }: SnapshotLine): void {
    if (snapshot === null) this.#snapshots.delete(source)
    else this.#snapshots.set(source, parseJson(JSON.stringify(snapshot)))
  }
}

function parsed<T>(text: string | undefined): T | undefined {
  try {
    return JSON.parse(text ?? '') as T
  } catch {
    return undefined
  }
}
