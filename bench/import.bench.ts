import { execFileSync } from 'node:child_process'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { effort, mustEqual, quantile, tell } from './result.ts'

const times = effort.turns > 1 ? 7 : 1

/** What is imported, and a name that it must have. */
const contenders: Readonly<Record<string, readonly [specifier: string, name: string]>> = {
  'nothing but node:fs': ['node:fs', 'readFileSync'],
  plimsoll: [pathToFileURL(resolve('build/package/dist/index.js')).href, 'counter'],
  'plimsoll, a file for each source file': [pathToFileURL(resolve('dist/index.js')).href, 'counter'],
  'prom-client': ['prom-client', 'Counter'],
  '@prometheus-io/client': ['@prometheus-io/client', 'Counter'],
  '@opentelemetry/sdk-metrics': ['@opentelemetry/sdk-metrics', 'MeterProvider'],
}

const taken: Record<string, number[]> = {}
for (let i = 0; i < times; i++) {
  for (const [contender, [specifier, name]] of Object.entries(contenders)) {
    taken[contender] ??= []
    taken[contender].push(cpuOfImport(specifier, name))
  }
}

tell({
  title: 'Import',
  unit: 'ms of CPU',
  note:
    'User and system time of the whole process, of all its threads, around `await import()` in a Node that has just started; ' +
    `the median of ${times} processes each, in turns. plimsoll is measured as it is published. koffi is not in it: that is loaded by publish().`,
  reference: 'plimsoll',
  bars: [{ contender: 'plimsoll', text: 'no more than prom-client', most: 1, times: 'prom-client' }],
  figures: Object.fromEntries(Object.entries(taken).map(([contender, all]) => [contender, quantile(all, 0.5)])),
})

function cpuOfImport(specifier: string, name: string): number {
  const program = `
    const before = process.cpuUsage()
    const { ${name}: imported } = await import(${JSON.stringify(specifier)})
    const { user, system } = process.cpuUsage(before)
    console.log(JSON.stringify([(user + system) / 1000, typeof imported]))`
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', program], { encoding: 'utf8' })
  const [milliseconds, type] = JSON.parse(output) as [number, string]
  mustEqual(`imports of ${name} from ${specifier}`, Number(type === 'function'), 1)
  return milliseconds
}
