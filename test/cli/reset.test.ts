import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fleet } from 'plimsoll/fleet'
import type { Context, Result } from '#src/cli/result.ts'
import { run } from '#src/cli/run.ts'
import { mappingUnavailable } from '#src/os/map.ts'
import { laterClock, newFolder, newWriter, numbers } from '../fleet/pages.ts'

const needsPages = { skip: mappingUnavailable()?.message ?? false }

test(
  'reset removes what ended processes counted, all of it or chosen series, and says who goes on',
  needsPages,
  async (t) => {
    const dir = newFolder(t)
    const clock = laterClock()
    const context: Context = { columns: undefined, color: false, clock, signal: new AbortController().signal }
    const reset = async (...words: string[]): Promise<Result> =>
      (await run(['reset', ...words, '--dir', dir], context)) as Result
    for (const factor of [10, 20]) newWriter(t, dir, factor).end()
    const shop = fleet('shop', { dir, clock })
    t.after(() => shop.close())
    assert.equal(shop.compact().archived.length, 2)
    newWriter(t, dir, 1)
    newWriter(t, dir, 40).end()
    assert.deepEqual(numbers(shop.read()), ['busy{} 9', 'jobs{"queue":"mail"} 213', 'took{} 4 in 35.5'])
    const others = await reset('shop', '--metric', 'jobs{queue=none}', '--metric', 'job')
    assert.equal(others.text, 'shop: removed 0 series of ended processes from the totals\n')
    assert.deepEqual(others.messages, [
      'shop: no series has the labels of jobs{queue=none}. Values of "queue": mail.',
      'shop: it has no metric job. Did you mean "jobs"?',
      'shop: 1 running processes and threads keep their counts.',
    ])
    const living = ['shop: 1 running processes and threads keep their counts.']
    const one = await reset('shop', '--metric', 'jobs{queue=m*}')
    assert.deepEqual([one.text, one.messages], ['shop: removed 1 series of ended processes from the totals\n', living])
    assert.deepEqual(numbers(shop.read()), ['busy{} 9', 'jobs{"queue":"mail"} 3', 'took{} 4 in 35.5'])
    assert.deepEqual(
      [(await reset('shop')).exitCode, numbers(shop.read())],
      [0, ['busy{} 9', 'jobs{"queue":"mail"} 3', 'took{} 1 in 0.5']],
    )
    newWriter(t, dir, 1).end()
    shop.compact()
    assert.deepEqual(numbers(shop.read()), ['busy{} 9', 'jobs{"queue":"mail"} 6', 'took{} 2 in 1'])
    assert.deepEqual(shop.failures, [])
  },
)

test('reset wants the name of an app that is there', needsPages, async (t) => {
  const dir = newFolder(t)
  const context: Context = {
    columns: undefined,
    color: false,
    clock: laterClock(),
    signal: new AbortController().signal,
  }
  const failed = (await run(['reset', 'shop', '--dir', dir], context)) as Result
  assert.deepEqual([failed.exitCode, failed.text], [1, ''])
  assert.equal(((await run(['reset'], context)) as Result).exitCode, 2)
})
