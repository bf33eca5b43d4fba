import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { PlimsollError } from 'plimsoll'
import { formatJson, formatOpenMetrics, formatPrometheus, formatTable, parseJson } from 'plimsoll/formats'
import { openPage } from 'plimsoll/page'
import { type FamilySnapshot, mergeSnapshots, type Snapshot } from 'plimsoll/snapshot'

/** No page of these sizes may take more of a processor to read and to format; the clock also counts what others take of it. */
const maxMs = 1000
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
    if (took < maxMs) return outcome
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
    // A page may have two series of the same labels; whoever shows it merges them.
    checkNumbers(mergeSnapshots([{ ...snapshot, pages: [] }]))
    return 'read'
  } catch (error) {
    if (error instanceof PlimsollError && error.code.startsWith('PLIMSOLL_PAGE_')) return error.code
    throw error
  } finally {
    page.close()
  }
}

/** Fields that may be below 0: of gauges, averages and explicit histograms, and where buckets are. */
const signed: Readonly<Record<string, RegExp>> = {
  gauge: /^\.(value|extremes\.\w+\.(min|max))$/,
  average: /^\.(window\.)?sum$/,
  histogram: /(\.scale|\.offset|\.bounds\.\d+)$|^\.exemplars\./,
  timer: /(\.scale|\.offset|\.bounds\.\d+)$|^\.exemplars\./,
  counter: /^\.exemplars\./,
}
const signedWithBounds = /^\.(sum|min|max|last|recent\.\w+\.sum)$/

/** Fails unless all numbers are such as a writer can count, and all formats agree on them. */
function checkNumbers(snapshot: Snapshot): void {
  for (const family of snapshot.families) {
    for (const { labels: _, ...series } of family.series) {
      for (const [path, number] of numbersIn(series)) {
        const isGood = Number.isFinite(number) && (number >= 0 || maySink(family, series, path))
        if (!isGood) assert.fail(`${family.kind}${path} is ${number}`)
      }
      const { count, buckets } = series as { count?: number; buckets?: { zero?: number; counts: number[] } }
      const total = buckets?.counts.reduce((sum, n) => sum + n, buckets.zero ?? 0)
      if (total !== undefined) assert.equal(count, Math.min(total, Number.MAX_SAFE_INTEGER))
    }
  }
  assert.deepEqual(parseJson(formatJson(snapshot)), JSON.parse(JSON.stringify(snapshot)))
  assert.doesNotMatch(formatPrometheus(snapshot), /^[^#].* (NaN|[+-]Inf)$/m)
}

function maySink({ kind }: FamilySnapshot, series: object, path: string): boolean {
  const hasBounds = 'bounds' in ((series as { buckets?: object }).buckets ?? {})
  return signed[kind]?.test(path) === true || (hasBounds && signedWithBounds.test(path))
}

/** All numbers below a value, by their places. */
function numbersIn(value: unknown, path = ''): [path: string, value: number][] {
  if (typeof value === 'number') return [[path, value]]
  if (typeof value !== 'object' || value === null) return []
  // Lists of counts may be long: what is good in all of them is one number.
  if (Array.isArray(value) && value.every((each) => typeof each === 'number')) {
    return [[`${path}.0`, value.find((each) => !(each >= 0 && each < Infinity)) ?? 0]]
  }
  return Object.entries(value).flatMap(([key, part]) => numbersIn(part, `${path}.${key}`))
}
