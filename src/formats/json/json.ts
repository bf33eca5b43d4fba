import { PlimsollError } from '../../errors.ts'
import { checkOptions, integer } from '../../options.ts'
import { checkSnapshot } from '../../snapshot/check-snapshot.ts'
import { typeOf } from '../../snapshot/kinds/row.ts'
import { rowOf } from '../../snapshot/kinds/rows.ts'
import type { FamilySnapshot, PageInfo, Snapshot } from '../../snapshot/snapshot.ts'
import type { Fields } from './json-checks.ts'
import { jsonFields } from './json-fields.ts'

/** How the JSON is laid out. */
export interface JsonOptions {
  /** Spaces per level, 0 to 10; 0: one line. @default 0 */
  readonly indent?: number
}

/**
 * A snapshot as JSON, a stable interface: what the snapshot holds under the same names, and what can be computed from it:
 * for each distribution its `mean`, `standardDeviation` and `quantiles`, estimated from the buckets, for each recent window
 * the same and its `rate` per second, for each average and its window the `mean`; all `null` while there are no values.
 * `min` and `max` are absent then. Numbers beyond all float64 are the largest one, and a gauge that is NaN is `null`. Whole
 * numbers beyond 2^53 that other writers counted are text of digits. `parseJson` reads it back.
 *
 * Throws PLIMSOLL_TEXT_TOO_LONG where that would be more than 2^29 - 24 characters, the longest text of V8.
 */
export function formatJson(snapshot: Snapshot, options: JsonOptions = {}): string {
  checkSnapshot('formatJson()', snapshot)
  checkOptions('formatJson()', options, { indent: integer(0, 10) })
  const { version, takenAt, pages, families, conflicts } = snapshot
  const plain = {
    version,
    takenAt,
    pages: pages.map(plainPage),
    families: families.map(plainFamily),
    conflicts: conflicts?.map((one) => ({ pages: one.pages.map(plainPage), family: plainFamily(one.family) })),
  }
  try {
    return JSON.stringify(plain, null, options.indent ?? 0)
  } catch (cause) {
    // What V8 throws where a text would be longer than any can be: 2^29 - 24 characters.
    if (!(cause instanceof RangeError)) throw cause
    throw textTooLong([snapshot], cause)
  }
}

/** The error for snapshots that are more than a text can hold. */
export function textTooLong(snapshots: readonly Snapshot[], cause: unknown): PlimsollError {
  const families = snapshots.flatMap((snapshot) => snapshot.families)
  const series = families.reduce((sum, family) => sum + family.series.length, 0)
  return new PlimsollError('PLIMSOLL_TEXT_TOO_LONG', { series }, { cause })
}

function plainPage(page: PageInfo): PageInfo {
  const { file, pid, tid, app, host, container, startedAt, state, heartbeatAge, endedAt, uptime } = page
  const { worker, written, owner, labels } = page
  return {
    file,
    pid,
    tid,
    app,
    host,
    container,
    startedAt,
    state,
    heartbeatAge,
    endedAt,
    uptime,
    worker,
    written,
    owner,
    labels,
  } as PageInfo
}

/** The head of a family and what only its kind has; each field by its name, so that the order is always the same. */
function plainFamily(family: FamilySnapshot): object {
  const { name, kind, unit, help, labelNames, startedAt, maxSeries, expireAfterSeconds } = family
  const { familyFields = [], fields } = rowOf(kind)
  const own = Object.fromEntries(familyFields.map((field) => [field, (family as unknown as Fields)[field]]))
  const writers = Object.entries(fields).map(([field, type]) => [field, jsonFields[typeOf(type)]] as const)
  const series = (family.series as readonly unknown[] as readonly Fields[]).map((one) => {
    const plain: Record<string, unknown> = { labels: one.labels }
    for (const [field, { write }] of writers) plain[field] = write(one[field], one)
    return plain
  })
  return { name, kind, unit, help, labelNames, startedAt, maxSeries, expireAfterSeconds, ...own, series }
}
