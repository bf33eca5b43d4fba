import { closeSync, openSync, writeSync } from 'node:fs'
import { PlimsollError, reasonOf } from '../errors.ts'
import { formatJson } from '../formats/json/json.ts'
import { bootId } from '../os/boot.ts'
import { guarded } from '../page/read/guarded.ts'
import { isGone, type PageFailure } from '../page/read/open-pages.ts'
import { ReadableFile } from '../page/read/readable-file.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import { type Line, recordingVersion } from './lines.ts'
import { MemberWriter } from './members.ts'
import { PageRecorder } from './page-recorder.ts'

/** A member begins anew after so many seconds: as far back one has to read for any moment. */
const memberSeconds = 60

/** What is there at one moment. */
export interface RecordedSources {
  /** Page files. */
  readonly files: readonly string[]
  /** Those of them whose numbers are in an archive as well. */
  readonly retained: readonly string[]
  /** Sources without cells, by a name that stays: archives, mmstats files, what came over a network. */
  readonly snapshots: ReadonlyMap<string, Snapshot>
}

/**
 * Writes a recording: all that is known of some sources, moment by moment. What was written stays readable whenever the process
 * ends.
 */
export class Recorder {
  /** What could not be recorded of the last moment, and why. */
  failures: readonly PageFailure[] = []
  /** Bytes written so far. */
  bytes = 0
  readonly #file: string
  readonly #interval: number
  readonly #fd: number
  readonly #member = new MemberWriter()
  readonly #pages = new Map<string, { readonly number: number; readonly recorder: PageRecorder }>()
  readonly #snapshots = new Map<string, string>()
  #numbers = 0
  #memberBegan: number | undefined

  /**
   * Begins a file, which must not be there, or goes on with one where `isContinued`; `interval`: seconds from one moment to the
   * next. Throws PLIMSOLL_RECORDING_FAILED.
   */
  constructor(file: string, interval: number, isContinued = false) {
    this.#file = file
    this.#interval = interval
    this.#fd = this.#guarded(() => openSync(file, isContinued ? 'a' : 'ax', 0o600))
  }

  /** Writes a moment; `time` in Unix seconds, `now` in seconds of the machine's clock. Throws PLIMSOLL_RECORDING_FAILED. */
  add({ files, retained, snapshots }: RecordedSources, time: number, now: number): void {
    const pieces: Buffer[] = []
    if (this.#memberBegan === undefined || now - this.#memberBegan >= memberSeconds) {
      pieces.push(...this.#begin(time, now))
    }
    const lines: Line[] = [...this.#forget(files, snapshots), ...this.#pageLines(files, retained)]
    for (const [source, snapshot] of snapshots) {
      const text = formatJson(snapshot)
      if (this.#snapshots.get(source) === text) continue
      this.#snapshots.set(source, text)
      lines.push({ source, snapshot: JSON.parse(text) as object })
    }
    lines.push({ time, now })
    pieces.push(this.#member.add(lines.map((line) => `${JSON.stringify(line)}\n`).join('')))
    this.#write(Buffer.concat(pieces))
  }

  /** Ends the file. Throws PLIMSOLL_RECORDING_FAILED. */
  close(): void {
    try {
      if (this.#memberBegan !== undefined) this.#write(this.#member.end())
    } finally {
      for (const { recorder } of this.#pages.values()) recorder.close()
      closeSync(this.#fd)
    }
  }

  #begin(time: number, now: number): Buffer[] {
    const end = this.#memberBegan === undefined ? [] : [this.#member.end()]
    this.#memberBegan = now
    this.#snapshots.clear()
    for (const { recorder } of this.#pages.values()) recorder.restart()
    const head = {
      plimsoll: 'recording',
      version: recordingVersion,
      interval: this.#interval,
      boot: bootId().toString('hex'),
    }
    return [...end, this.#member.begin(time), this.#member.add(`${JSON.stringify(head)}\n`)]
  }

  #forget(files: readonly string[], snapshots: ReadonlyMap<string, Snapshot>): Line[] {
    const there = new Set(files)
    const gone: number[] = []
    for (const [file, { number, recorder }] of this.#pages) {
      if (there.has(file)) continue
      recorder.close()
      this.#pages.delete(file)
      gone.push(number)
    }
    const lines: Line[] = gone.length > 0 ? [{ gone }] : []
    for (const source of this.#snapshots.keys()) {
      if (snapshots.has(source)) continue
      this.#snapshots.delete(source)
      lines.push({ source, snapshot: null })
    }
    return lines
  }

  #pageLines(files: readonly string[], retained: readonly string[]): Line[] {
    const failures: PageFailure[] = []
    const archived = new Set(retained)
    const lines: Line[] = []
    for (const file of files) {
      let page = this.#pages.get(file)
      try {
        page ??= { number: this.#numbers++, recorder: openRecorder(this.#numbers - 1, file, archived.has(file)) }
        this.#pages.set(file, page)
        const { recorder } = page
        lines.push(...guarded(file, () => recorder.lines()))
      } catch (error) {
        // It may have been half-way through a log.
        if (this.#pages.delete(file)) {
          page?.recorder.close()
          lines.push({ gone: [page?.number ?? 0] })
        }
        // One may be archived and removed since it was listed.
        if (!isGone(error as PlimsollError)) failures.push({ file, error: error as PlimsollError })
      }
    }
    this.failures = failures
    return lines
  }

  #write(bytes: Buffer): void {
    this.#guarded(() => {
      for (let done = 0; done < bytes.length; ) done += writeSync(this.#fd, bytes, done)
    })
    this.bytes += bytes.length
  }

  #guarded<T>(act: () => T): T {
    try {
      return act()
    } catch (cause) {
      throw new PlimsollError('PLIMSOLL_RECORDING_FAILED', { file: this.#file, reason: reasonOf(cause) }, { cause })
    }
  }
}

function openRecorder(number: number, file: string, isRetained: boolean): PageRecorder {
  return new PageRecorder(number, file, new ReadableFile(file), isRetained)
}
