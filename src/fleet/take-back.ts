import { unlinkSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { readPage } from '../page/reader.ts'
import { growthBetween } from '../snapshot/growth.ts'
import { lastingPart } from '../snapshot/lasting.ts'
import { type FoldingLock, lockFolding } from './folding-lock.ts'
import { type Ledger, ledgerFile, OpenLedger } from './ledger.ts'
import { writeLedger } from './write-ledger.ts'

/**
 * Removes a page whose numbers go on in another one, out of the ledger too where it was folded meanwhile: else they would
 * count twice. Nobody folds while this goes on. Throws nothing.
 */
export function takeBackPage(file: string, app: string): void {
  const directory = dirname(file)
  let lock: FoldingLock | undefined
  try {
    lock = lockFolding(directory)
    const path = ledgerFile(directory, app)
    const open = OpenLedger.open(path)
    open?.close()
    if (lock !== undefined && open?.ledger.pages.has(basename(file))) {
      writeLedger(lock.fd, path, without(open.ledger, file)).close()
    }
  } catch {
    // There is no ledger, or none that can be read and written: then the numbers are not in it for long, or stay twice.
  }
  try {
    unlinkSync(file)
  } catch {
    // Somebody else has removed it.
  }
  lock?.release()
}

/** What a ledger holds besides a page that went into it. */
function without({ app, pages, snapshot }: Ledger, file: string): Ledger {
  const others = new Map([...pages].filter(([name]) => name !== basename(file)))
  return { app, pages: others, snapshot: growthBetween(lastingPart(readPage(file)), snapshot) }
}
