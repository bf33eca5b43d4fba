import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { newFolder } from './mmstats-file.ts'

test('Recording allocates nothing', (t) => {
  const program = `
    import { bool, counter64, float64, int64, average, movingAverage, mmstats, uint32 } from 'plimsoll/mmstats'
    const model = { hits: counter64(), load: float64(), n: uint32(), wide: int64(), up: bool(), mean: average(), last: movingAverage() }
    const stats = mmstats(model, { path: ${JSON.stringify(newFolder(t))} })
    // Each in a loop of its own, or V8 stops inlining and boxes the floats that are handed over; newer versions of V8 do so
    // for set in any case, so it gets floats that are boxed already, as the text among them makes them.
    globalThis.values = [0.1, 0.2, 0.3, 0.4, 'none']
    const calls = {
      inc: 'hits.inc()', incBy: 'hits.inc(i)', set: 'load.set(values[i & 3])', add: 'load.add(0.5)', uint32: 'n.set(i)',
      int64: 'wide.set(-i)', bool: 'up.set(i % 2 === 0)', average: 'mean.add(i)', movingAverage: 'last.add(i)',
    }
    const allocating = Object.entries(calls).filter(([, call]) => {
      const record = new Function('stats', 'rounds', \`for (let i = 0; i < rounds; i++) stats.\${call}\`)
      for (let i = 0; i < 20; i++) record(stats, 20_000)
      // V8 may compile anew in any one round, and leave garbage then.
      const rounds = [1, 2, 3, 4, 5].map(() => {
        gc()
        const before = process.memoryUsage().heapUsed
        record(stats, 500_000)
        return (process.memoryUsage().heapUsed - before) / 500_000
      })
      return Math.min(...rounds) > 1
    })
    console.log(JSON.stringify(allocating.map(([name]) => name)), stats.error)`
  const out = execFileSync(process.execPath, ['--expose-gc', '--input-type=module', '-e', program], {
    encoding: 'utf8',
  })
  assert.equal(out, '[] undefined\n')
})
