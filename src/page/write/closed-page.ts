import { unlinkSync } from 'node:fs'
import { dirname } from 'node:path'
import { isMainThread } from 'node:worker_threads'
import { onProcessEnd } from '../../os/process-end.ts'
import type { KeptLock } from '../storage.ts'
import type { PageWriter } from './writer.ts'

/** A page that is named, and was closed while what counts in it goes on. */
export class ClosedPage {
  readonly file: string
  private readonly app: string
  private readonly lock: KeptLock | undefined
  private isOver = false
  private readonly forgetEnd: (() => void) | undefined

  /**
   * Keeps the lock of a page that is about to be released: as long as `owner` lives, nobody else compacts or removes it.
   * The end of the thread, or of the process, lets it go.
   */
  constructor(page: PageWriter, owner: object) {
    this.file = page.file
    this.app = page.writer.app
    this.lock = page.keepLock()
    collected.register(owner, this, this)
    if (!isMainThread) this.forgetEnd = onProcessEnd(() => this.letGo())
  }

  /** Its path, where a page of that app in that directory may take its place. */
  placeFor(directory: string, app: string): string | undefined {
    if (app !== this.app || directory !== dirname(this.file)) return undefined
    // Who had the lock meanwhile may have archived it: then whatever has its name is in an archive.
    return this.lock?.isUnbroken === true && this.isThere ? this.file : undefined
  }

  /** Goes, as a page that is there by now has all that it counted. */
  giveWay(successor: string): void {
    if (successor !== this.file && (this.lock === undefined || this.isThere)) remove(this.file)
    this.letGo()
  }

  /** From now on, it is one that a dead writer left. */
  letGo(): void {
    if (this.isOver) return
    this.isOver = true
    collected.unregister(this)
    this.forgetEnd?.()
    this.lock?.release()
  }

  private get isThere(): boolean {
    return !this.isOver && this.lock?.isThere() === true
  }
}

const collected = new FinalizationRegistry<ClosedPage>((page) => page.letGo())

function remove(file: string): void {
  try {
    unlinkSync(file)
  } catch {
    // Somebody else has removed it.
  }
}
