import { unlinkSync } from 'node:fs'
import { dirname } from 'node:path'
import { isMainThread } from 'node:worker_threads'
import { onProcessEnd } from '../../os/process-end.ts'
import type { KeptLock } from '../storage.ts'
import type { PageWriter } from './writer.ts'

/** The page of a closed publication, kept locked as long as its registry exists. */
export class ClosedPage {
  readonly file: string
  private readonly app: string
  private readonly lock: KeptLock | undefined
  private isReleased = false
  private readonly unregisterEnd: (() => void) | undefined

  /**
   * Keeps the lock of a page that is about to be released: as long as `owner` exists, no other process compacts or removes
   * it. The lock is released at the end of the thread or process at the latest.
   */
  constructor(page: PageWriter, owner: object) {
    this.file = page.file
    this.app = page.writer.app
    this.lock = page.keepLock()
    collected.register(owner, this, this)
    if (!isMainThread) this.unregisterEnd = onProcessEnd(() => this.release())
  }

  /** Path of the page where a new page of that app in that directory may replace it, else `undefined`. */
  pathFor(directory: string, app: string): string | undefined {
    if (app !== this.app || directory !== dirname(this.file)) return undefined
    // A process that held the lock in between may have archived the page: a file of that name is in an archive then.
    return this.lock?.isUnbroken === true && this.exists ? this.file : undefined
  }

  /** Removes the page: the page `successor` exists by now and has all of its counts. */
  replaceBy(successor: string): void {
    if (successor !== this.file && (this.lock === undefined || this.exists)) remove(this.file)
    this.release()
  }

  /** Releases the lock: from now on the page counts as that of a dead writer. */
  release(): void {
    if (this.isReleased) return
    this.isReleased = true
    collected.unregister(this)
    this.unregisterEnd?.()
    this.lock?.release()
  }

  private get exists(): boolean {
    return !this.isReleased && this.lock?.isThere() === true
  }
}

const collected = new FinalizationRegistry<ClosedPage>((page) => page.release())

function remove(file: string): void {
  try {
    unlinkSync(file)
  } catch {
    // Another process has removed it.
  }
}
