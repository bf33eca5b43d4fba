import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'

test('Recording allocates no more where an app has histograms and timers with and without buckets', () => {
  const program = `
    import { Registry } from 'plimsoll'
    const registry = new Registry()
    const values = Float64Array.from({ length: 4096 }, (_, i) => 0.001 * (1 + (i % 97)))
    const buckets = [0.01, 0.02, 0.05, 0.1]
    const cases = {
      histograms: [registry.histogram('a')],
      histogramsWithBuckets: [registry.histogram('b', { buckets })],
      timers: [registry.timer('c')],
      timersWithBuckets: [registry.timer('d', { buckets })],
      bothHistograms: [registry.histogram('e'), registry.histogram('f', { buckets })],
      bothTimers: [registry.timer('g'), registry.timer('h', { buckets })],
    }
    const bytes = {}
    for (const [name, metrics] of Object.entries(cases)) {
      // A function for each, and warmed up in turn: V8 decides what to inline by what it has compiled before.
      const record = new Function('metrics', 'values', 'rounds', \`
        for (let round = 0; round < rounds; round++) {
          const metric = metrics[round % metrics.length]
          for (let i = 0; i < values.length; i++) metric.record(values[i])
        }\`)
      for (let i = 0; i < 60; i++) {
        record(metrics, values, 6)
        // Lets the compiler's thread hand over what it has compiled.
        if (i % 10 === 0) await new Promise(setImmediate)
      }
      // On a busy machine the code is compiled later than it was warm: more rounds, until one takes as little as the first case.
      let least = Infinity
      for (let round = 0; round < 40 && !(least <= (bytes.histograms ?? 0)); round++) {
        await new Promise(setImmediate)
        gc()
        const before = process.memoryUsage().heapUsed
        record(metrics, values, 40)
        least = Math.min(least, Math.round((process.memoryUsage().heapUsed - before) / (40 * values.length)))
      }
      bytes[name] = least
    }
    console.log(JSON.stringify(bytes))`
  const flags = ['--expose-gc', '--input-type=module', '-e', program]
  const bytes: Record<string, number> = JSON.parse(execFileSync(process.execPath, flags, { encoding: 'utf8' }))
  // Compared with the first, as some versions of V8 box each float that is handed over, whatever is called.
  assert.deepEqual(bytes, Object.fromEntries(Object.keys(bytes).map((name) => [name, bytes.histograms])))
})
