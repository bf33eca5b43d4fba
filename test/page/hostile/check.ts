import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { PlimsollError } from 'plimsoll'
import { formatJson, formatOpenMetrics, formatPrometheus, formatTable } from 'plimsoll/formats'
import { openPage } from 'plimsoll/page'
import { mergeSnapshots } from 'plimsoll/snapshot'

/** No page of these sizes may take more of a processor to read and to format; the clock also counts what others take of it. */
const longestMs = 1000
/** What others leave in the caches of a processor makes even that longer at times, but not again and again. */
const attempts = 3

/**
 * Writes the bytes to `file` and reads them as a page, twice. Fails unless the outcome is a snapshot that every format
 * takes, or a PlimsollError, within a second of a processor. Gives `read`, or the code of the error.
 */
export function readHostile(file: string, bytes: Uint8Array): string {
  writeFileSync(file, bytes)
  return outcomeOf(file)
}

/** The same for a file that is there already. */
export function outcomeOf(file: string): string {
  for (let attempt = 1; ; attempt++) {
    const before = process.cpuUsage()
    const outcome = readTwice(file)
    const { user, system } = process.cpuUsage(before)
    const took = (user + system) / 1000
    if (took < longestMs) return outcome
    assert(attempt < attempts, `it took ${took} ms of a processor`)
  }
}

function readTwice(file: string): string {
  const page = openPage(file)
  try {
    page.read()
    const snapshot = page.read()
    for (const format of [formatJson, formatPrometheus, formatOpenMetrics, formatTable]) {
      assert.equal(typeof format(snapshot), 'string')
    }
    formatPrometheus(mergeSnapshots([snapshot, snapshot]))
    return 'read'
  } catch (error) {
    if (error instanceof PlimsollError && error.code.startsWith('PLIMSOLL_PAGE_')) return error.code
    throw error
  } finally {
    page.close()
  }
}
