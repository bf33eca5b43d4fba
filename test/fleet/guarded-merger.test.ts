import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { fleet } from 'plimsoll/fleet'
import { rows } from '#src/snapshot/kinds/rows.ts'
import { laterClock, newFolder, newWriter, numbers, type Writer } from './pages.ts'

const notAdded = 666

/** Nothing that a page can hold makes this fail, as far as anybody has found: so a sum fails here on purpose. */
function failing(t: TestContext, step: 'add' | 'end'): void {
  const { sum } = rows.counter
  const isBad = (one: unknown): boolean => {
    const { value } = one as { readonly value: number }
    return value > 0 && value % notAdded === 0
  }
  const failOn = (one: unknown): void => {
    if (isBad(one)) throw new RangeError('Invalid array length')
  }
  const patched: typeof sum = (family) => {
    const merging = sum(family)
    const begin: typeof merging.begin = (one) => {
      if (step === 'add') failOn(one)
      return merging.begin(one)
    }
    const add: typeof merging.add = (total, one) => {
      if (step === 'add') failOn(one)
      return merging.add(total, one)
    }
    const end: typeof merging.end = (total) => {
      if (step === 'end') failOn(merging.end(total))
      return merging.end(total)
    }
    return { begin, add, end }
  }
  Object.assign(rows.counter, { sum: patched })
  t.after(() => Object.assign(rows.counter, { sum }))
}

function withBadPage(t: TestContext): { readonly dir: string; readonly bad: Writer; readonly good: Writer } {
  const dir = newFolder(t)
  const good = newWriter(t, dir, 1)
  const bad = newWriter(t, dir, 2)
  newWriter(t, dir, 3)
  const counter = bad.registry.counter('other')
  counter.add(notAdded)
  return { dir, bad, good }
}

const others = ['busy{} 36', 'jobs{"queue":"mail"} 12', 'took{} 2 in 2']

for (const step of ['add', 'end'] as const) {
  test(`a page that cannot be added up is a failure, and all others are: it fails in "${step}"`, (t) => {
    const { dir, bad } = withBadPage(t)
    failing(t, step)
    for (const options of [{}, { by: 'worker' }] as const) {
      const shop = fleet('shop', { dir, ...options })
      t.after(() => shop.close())
      for (let times = 0; times < 2; times++) {
        const snapshot = shop.read()
        if (options.by === undefined) assert.deepEqual(numbers(snapshot), others)
        assert.equal(snapshot.pages.length, 2)
        assert.deepEqual(
          shop.failures.map(({ file, error }) => [file, error.code]),
          [[bad.file, 'PLIMSOLL_PAGE_UNREADABLE']],
        )
      }
    }
  })
}

test('a page that cannot be added to an archive stays, and so do the others of its app', (t) => {
  const { dir, bad, good } = withBadPage(t)
  failing(t, 'add')
  for (const writer of [bad, good]) writer.end()
  const shop = fleet('shop', { dir, clock: laterClock(), onWarning: () => {} })
  t.after(() => shop.close())
  const { archived, error } = shop.compact()
  assert.deepEqual([archived, error?.code], [[], 'PLIMSOLL_PAGE_UNREADABLE'])
  assert.equal(shop.read().pages.length, 2)
})
