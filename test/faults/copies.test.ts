import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { publish, Registry } from 'plimsoll'
import { listPages, readPage } from 'plimsoll/page'
import { copyPackage, countOf, newFolder, readAll, run } from './processes.ts'

test('copies of the package, imported or required, share one registry and one page', async (t) => {
  const dir = newFolder(t)
  const { stdout, stderr } = await run(t, 'two-packages', [dir, join(copyPackage(t), 'dist/index.js')])
  const said = { copies: false, others: [true, true, true, true], sales: 1111 }
  assert.deepEqual(
    { said: JSON.parse(stdout || 'null'), stderr: stderr.replace(/.*ExperimentalWarning.*\n.*\n/, '') },
    { said, stderr: '' },
  )
  const pages = readAll(dir).map((page) => [countOf(page, 'sales'), countOf(page, 'sizes')])
  assert.deepEqual(pages, [[1111, 2]])
})

test('a registry that is closed and published again keeps its values, in a new page', (t) => {
  const dir = newFolder(t)
  const registry = new Registry()
  const counter = registry.counter('sales')
  const sizes = registry.histogram('sizes')
  const seen: (number | undefined)[][] = []
  for (let round = 1; round <= 3; round++) {
    const before = listPages(dir)
    const publication = publish({ dir, registry })
    assert.equal(publish({ dir, registry }), publication)
    counter.inc()
    sizes.record(round)
    const page = readPage(publication.file ?? '')
    seen.push([countOf(page, 'sales'), countOf(page, 'sizes'), before.length])
    publication.close()
    counter.inc()
    assert.equal(readPage(publication.file ?? '').pages[0]?.state, 'exited')
  }
  assert.deepEqual(seen, [
    [1, 1, 0],
    [3, 2, 1],
    // The page of the round before went when its values moved on.
    [5, 3, 1],
  ])
  assert.equal(counter.value, 6)
})
