import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { type Publication, type PublishOptions, publish, Registry } from 'plimsoll'
import type { Snapshot } from 'plimsoll/snapshot'
import { ManualClock } from 'plimsoll/testing'
import { endPublication } from '../support/ended.ts'

/** A new folder that is removed after the test. */
export function newFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-fleet-'))
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }))
  return folder
}

/** A clock that stands still, so much later than the machine's that all writers without a lock have been silent. */
export function laterClock(seconds = 60): ManualClock {
  return new ManualClock(Date.now() / 1000 + seconds)
}

/** A writer in this process: 3 counts, a duration of 0.5 s and a gauge of 9, times `factor`. */
export interface Writer {
  readonly file: string
  readonly registry: Registry
  readonly publication: Publication
  /** As if it had died: the page is as it was, and its lock is free. */
  end(): void
}

/** Publishes a registry with a metric of each kind that matters here. */
export function newWriter(t: TestContext, dir: string, factor = 1, options: PublishOptions = {}): Writer {
  const registry = new Registry()
  registry
    .counter('jobs', { labels: ['queue'] })
    .labels({ queue: 'mail' })
    .add(3 * factor)
  registry.timer('took').record(0.5 * factor)
  registry.gauge('busy').set(9 * factor)
  const publication = publish({ registry, dir, app: 'shop', onWarning: () => {}, ...options })
  t.after(() => publication.close())
  if (publication.file === undefined) throw publication.error
  return { file: publication.file, registry, publication, end: () => endPublication(publication) }
}

/** Each family's numbers, without those of plimsoll itself: `jobs{"queue":"mail"} 3`. */
export function numbers({ families }: Snapshot): string[] {
  return families
    .filter(({ name }) => !name.startsWith('plimsoll.'))
    .flatMap(({ name, series }) => series.map((one) => `${name}${JSON.stringify(one.labels)} ${numberOf(one)}`))
}

function numberOf(series: object): string {
  if ('sum' in series && 'count' in series) return `${series.count} in ${series.sum}`
  return 'value' in series ? String(series.value) : ''
}
