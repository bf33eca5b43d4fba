import { systemClock } from '../clock.ts'
import type { PlimsollError } from '../errors.ts'
import { onProcessEnd } from '../os/process-end.ts'
import { type OnWarning, warn } from '../os/warning.ts'
import { Schedule } from '../schedule.ts'
import type { KeptPublishers } from './publishers.ts'
import type { StateFile } from './state-file.ts'

/** Values that changed are written after so long, those of a publisher that will not send them again sooner. */
const usualMs = 5000
const soonMs = 250
/** Writing takes at most this share of the time. */
const maxShare = 0.05

/** Writes the state of a collector when it has changed. */
export class Saving {
  private readonly file: StateFile
  private readonly keep: () => KeptPublishers
  private readonly schedule: Schedule
  private readonly forgetEnd: () => void
  /** When what has changed is to be written, by the monotonic clock. */
  private wantedAt = Number.POSITIVE_INFINITY
  /** Nothing is written before that. */
  private restsUntil = 0
  private failure: unknown
  private isOpen = true

  constructor(file: StateFile, keep: () => KeptPublishers, onWarning: OnWarning | undefined) {
    this.file = file
    this.keep = keep
    if (file.damage !== undefined) warn(file.damage, onWarning)
    this.schedule = new Schedule(() => this.writeIfDue(), {
      intervalMs: soonMs,
      onChange: (error) => error !== undefined && warn(error as PlimsollError, onWarning),
    })
    this.forgetEnd = onProcessEnd(() => this.endWithProcess())
  }

  /** Notes that values have changed, and whether they are the last ones of a publisher. */
  note(isLast: boolean): void {
    this.wantedAt = Math.min(this.wantedAt, systemClock.now() + (isLast ? 0 : usualMs))
  }

  /** Writes all changes, and closes the file. */
  async close(): Promise<void> {
    if (!this.isOpen) return
    await this.leave()
    this.wantedAt = 0
    this.restsUntil = 0
    await this.schedule.run()
    this.file.release()
  }

  /** When nobody can wait for anything any more. */
  private endWithProcess(): void {
    void this.leave()
    try {
      this.file.writeAtOnce(this.keep())
    } catch {
      // Nobody would read a warning.
    }
  }

  private leave(): Promise<void> | undefined {
    this.isOpen = false
    this.forgetEnd()
    return this.schedule.stop()
  }

  private async writeIfDue(): Promise<void> {
    const begun = systemClock.now()
    if (begun < Math.max(this.wantedAt, this.restsUntil)) {
      // Until something is written it is not over.
      if (this.failure !== undefined) throw this.failure
      return
    }
    this.wantedAt = Number.POSITIVE_INFINITY
    try {
      await this.file.write(this.keep())
      this.failure = undefined
    } catch (error) {
      this.failure = error
      throw error
    } finally {
      const now = systemClock.now()
      this.restsUntil = now + (now - begun) / maxShare
    }
  }
}
