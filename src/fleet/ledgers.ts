import { PlimsollError } from '../errors.ts'
import type { PageFailure } from '../page/open-pages.ts'
import { type Ledger, ledgerFile, listLedgers, OpenLedger } from './ledger.ts'

/** The ledgers that a reader goes by: that of an app, or all of a directory. Each is parsed when it is a new one. */
export class Ledgers {
  private readonly directory: string
  private readonly app: string | undefined
  private readonly opened = new Map<string, OpenLedger>()
  private files: readonly string[] = []

  constructor(directory: string, app: string | undefined) {
    this.directory = directory
    this.app = app
  }

  /** The ledgers now. Those that cannot be read are among the failures. */
  read(failures: PageFailure[]): Ledger[] {
    this.files = this.list()
    for (const [file, open] of this.opened) if (!this.files.includes(file) || !open.isCurrent()) this.drop(file)
    const ledgers: Ledger[] = []
    for (const file of this.files) {
      try {
        const open = this.opened.get(file) ?? OpenLedger.open(file)
        if (open === undefined) continue
        this.opened.set(file, open)
        ledgers.push(open.ledger)
      } catch (error) {
        if (!(error instanceof PlimsollError)) throw error
        failures.push({ file, error })
      }
    }
    return ledgers
  }

  /** Whether they are still those of the last {@link read}: then no page went into one of them meanwhile. */
  areCurrent(): boolean {
    const now = this.list()
    return (
      now.length === this.files.length &&
      now.every((file, i) => {
        const open = this.opened.get(file)
        return file === this.files[i] && (open === undefined || open.isCurrent())
      })
    )
  }

  close(): void {
    for (const file of this.opened.keys()) this.drop(file)
  }

  private list(): string[] {
    const all = listLedgers(this.directory)
    if (this.app === undefined) return all
    const own = ledgerFile(this.directory, this.app)
    return all.includes(own) ? [own] : []
  }

  private drop(file: string): void {
    this.opened.get(file)?.close()
    this.opened.delete(file)
  }
}
