import { systemClock } from '../clock.ts'
import type { PlimsollError } from '../errors.ts'
import { onProcessEnd } from '../os/process-end.ts'
import { type OnWarning, warn } from '../os/warning.ts'
import type { KeptPublishers } from './publishers.ts'
import type { StateFile } from './state-file.ts'

/** Values that changed are written after so long, those of somebody who will not send them again sooner. */
const usualMs = 5000
const soonMs = 250
/** Writing takes at most this share of the time. */
const maxShare = 0.05

/** Writes the state of an collector when it has changed. */
export class Saving {
  private readonly file: StateFile
  private readonly keep: () => KeptPublishers
  private readonly onWarning: OnWarning | undefined
  private readonly forgetEnd: () => void
  private timer: NodeJS.Timeout | undefined
  /** When what has changed is to be written, by the monotonic clock. */
  private wantedAt = Number.POSITIVE_INFINITY
  /** Nothing is written before that. */
  private restsUntil = 0
  private writing: Promise<void> | undefined
  private hasFailed = false
  private isOpen = true

  constructor(file: StateFile, keep: () => KeptPublishers, onWarning: OnWarning | undefined) {
    this.file = file
    this.keep = keep
    this.onWarning = onWarning
    if (file.damage !== undefined) warn(file.damage, this.onWarning)
    this.forgetEnd = onProcessEnd(() => this.endWithProcess())
  }

  /** Says that values have changed, and whether they are the last ones of somebody. */
  note(isLast: boolean): void {
    const wantedAt = systemClock.now() + (isLast ? soonMs : usualMs)
    if (wantedAt >= this.wantedAt) return
    this.wantedAt = wantedAt
    this.schedule()
  }

  /** Writes what there is, and lets go of the file. */
  async close(): Promise<void> {
    if (!this.leave()) return
    await this.writing?.catch(() => {})
    await this.write()
    this.file.release()
  }

  /** When nobody can wait for anything any more. */
  private endWithProcess(): void {
    if (!this.leave()) return
    try {
      this.file.writeAtOnce(this.keep())
    } catch {
      // Nobody would read a warning.
    }
  }

  private leave(): boolean {
    const wasOpen = this.isOpen
    this.isOpen = false
    clearTimeout(this.timer)
    this.forgetEnd()
    return wasOpen
  }

  private schedule(): void {
    if (!this.isOpen || this.writing !== undefined || this.wantedAt === Number.POSITIVE_INFINITY) return
    clearTimeout(this.timer)
    const dueAt = Math.max(this.wantedAt, this.restsUntil)
    this.timer = setTimeout(() => void this.write(), dueAt - systemClock.now())
    this.timer.unref()
  }

  private async write(): Promise<void> {
    const begun = systemClock.now()
    this.wantedAt = Number.POSITIVE_INFINITY
    try {
      this.writing = this.file.write(this.keep())
      await this.writing
      this.hasFailed = false
    } catch (error) {
      if (!this.hasFailed) warn(error as PlimsollError, this.onWarning)
      this.hasFailed = true
    }
    this.writing = undefined
    const now = systemClock.now()
    this.restsUntil = now + (now - begun) / maxShare
    this.schedule()
  }
}
