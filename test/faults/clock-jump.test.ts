import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { publish, Registry } from 'plimsoll'
import { readPage } from 'plimsoll/page'
import type { MeterSeries, StateSeries } from 'plimsoll/snapshot'
import { until } from './processes.ts'

test('Readers see neither a spike nor idleness from the first heartbeat after the clock was set', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'plimsoll-clock-'))
  t.after(() => rmSync(dir, { recursive: true }))
  const registry = new Registry()
  const publication = publish({ registry, dir, app: 'clock' })
  t.after(() => publication.close())
  registry.state('worker', { states: ['idle', 'busy'] })
  registry.meter('mails').mark(50)
  await delay(20)
  registry.tick()
  const real = Date.now
  t.mock.method(Date, 'now', () => real() + 86_400_000)
  const { families } = await until('a heartbeat', 5, () => {
    const page = readPage(publication.file ?? '')
    return (page.pages[0]?.heartbeatAge ?? Infinity) < 60 && page
  })
  const seriesOf = (name: string): unknown => families.find((family) => family.name === name)?.series[0]
  const mails = seriesOf('mails') as MeterSeries
  const worker = seriesOf('worker') as StateSeries
  assert.ok((worker.seconds.idle ?? 0) < 60, `${worker.seconds.idle}`)
  assert.ok((mails.rates?.m15 ?? 0) > 5, `${mails.rates?.m15}`)
})
