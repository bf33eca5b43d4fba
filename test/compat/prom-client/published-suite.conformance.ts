import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { cleanEnvironment, newApp } from '../../launchers/apps.ts'
import { installed } from '../../launchers/install.ts'
import { prepareSuite, readReport } from './published-suite.ts'

/** A checkout of prom-client or @prometheus-io/client: `npm run conformance -- prom-client <folder>`. */
const library = process.env.PLIMSOLL_SUITE

/** Tests of @prometheus-io/client 0.16 that fail; docs/prom-client.md has the reason for each group. */
const differing: readonly RegExp[] = [
  /AggregatorRegistry (aggregatorRegistry\.clusterMetrics|WorkerRegistry\.workerMetrics)\(\)/,
  /AggregatorRegistry shutdown\(\) (sends data back|with workers)/,
  /^worker message handling/,
  /^pushgateway with path and/,
  /^Exemplars with OpenMetrics registry should make (counter with exemplar|histogram with exemplars on multiple)/,
]

test('The published tests pass.', { skip: library === undefined && 'no folder of a library was given' }, (t) => {
  const { name } = JSON.parse(readFileSync(join(library as string, 'package.json'), 'utf8')) as { name: string }
  const { cwd, env } = newApp(t, {}, installed('suite', ['jest@29.7.0', 'nock@13.5.6', 'express@4.22.3']))
  prepareSuite(library as string, cwd)
  const args = ['node_modules/jest/bin/jest.js', '--json', '--outputFile=report.json', '--runInBand', '--forceExit']
  spawnSync(process.execPath, args, { cwd, env: { ...cleanEnvironment(), ...env }, stdio: 'ignore', timeout: 900_000 })
  const tests = readReport(join(cwd, 'report.json'))
  const allowed = name === 'prom-client' ? [] : differing
  const failed = tests.filter((one) => one.status !== 'passed' && !allowed.some((pattern) => pattern.test(one.name)))
  t.diagnostic(`${name}: ${tests.filter(({ status }) => status === 'passed').length} of ${tests.length} pass`)
  assert.ok(tests.length > 400)
  assert.deepEqual(failed, [])
})
