import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { fleet } from 'plimsoll/fleet'
import type { CounterSeries, Snapshot } from 'plimsoll/snapshot'
import { mappingUnavailable } from '#src/os/map.ts'
import { type Publisher, plimsoll, publisher } from '../cli/processes.ts'
import { ask, linesOf, scraping } from '../cli/scraping.ts'
import { newFolder } from './pages.ts'

const needsPages = { skip: mappingUnavailable()?.message ?? false }
const limit = 10

/** A process with 8 series of a family that allows 10, each with 1. */
function tenants(t: TestContext, dir: string, first: number): Promise<Publisher> {
  return publisher(t, dir, 'shop', `tenants ${first} 8 ${limit}`)
}

function seriesOf({ families }: Snapshot): readonly CounterSeries[] {
  return (families.find(({ name }) => name === 'jobs')?.series ?? []) as readonly CounterSeries[]
}

test(
  'the limit of a family holds for all processes and the archive together, and totals are exact',
  needsPages,
  async (t) => {
    const dir = newFolder(t)
    const shop = fleet('shop', { dir, retentionSeconds: 0 })
    t.after(() => shop.close())
    const check = (read: Snapshot, total: number): readonly CounterSeries[] => {
      const series = seriesOf(read)
      const own = series.filter(({ labels }) => labels.tenant !== undefined)
      assert.ok(own.length <= limit, `${own.length} series`)
      assert.equal(
        series.reduce((sum, { value }) => sum + value, 0),
        total,
      )
      return series
    }
    const first = await tenants(t, dir, 0)
    assert.equal(check(shop.read(), 8).length, 8)
    const second = await tenants(t, dir, 8)
    const overflow = check(shop.read(), 16).find(({ labels }) => labels.overflow === 'true')
    assert.equal(overflow?.value, 6)
    check(shop.readParts().total, 16)
    const { url } = await scraping(t, 'shop', '--dir', dir)
    assert.deepEqual(linesOf(await ask(url), 'jobs_total{overflow'), ['jobs_total{overflow="true"} 6'])
    const workers = fleet('shop', { dir, by: 'worker' })
    t.after(() => workers.close())
    assert.equal(seriesOf(workers.read()).length, 16, 'each worker has as many as it may')

    await first.kill()
    await second.kill()
    assert.equal((await plimsoll('clean', '--dir', dir)).status, 0)
    const archived = check(shop.read(), 16)
    assert.equal(archived.find(({ labels }) => labels.evicted === 'true')?.value, 6)
    await tenants(t, dir, 100)
    const shown = check(shop.read(), 24).map(({ labels }) => Number(labels.tenant ?? -1))
    assert.equal(shown.filter((tenant) => tenant >= 100).length, 8, 'those of living processes come first')
  },
)
