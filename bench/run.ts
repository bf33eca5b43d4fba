/** `npm run bench`, once all is built: see docs/benchmarks.md. */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, release, type } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { newFolder } from './published.ts'
import { documentText, type Machine, misses, summarize, type Table, tableText } from './report.ts'
import type { Measurement } from './result.ts'

const here = fileURLToPath(new URL('.', import.meta.url))
const root = fileURLToPath(new URL('../..', import.meta.url))

/** What some cases want of Node. */
const flags: Readonly<Record<string, readonly string[]>> = {
  allocation: ['--expose-gc', '--min-semi-space-size=256', '--max-semi-space-size=256'],
  'bytes-per-series': ['--expose-gc'],
}

const { values: options, positionals: wanted } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '5' },
    json: { type: 'string' },
    check: { type: 'boolean', default: false },
  },
})
const rounds = Number(options.rounds)
const cases = readdirSync(here)
  .filter((file) => file.endsWith('.bench.js'))
  .map((file) => file.replace('.bench.js', ''))
  .filter((name) => wanted.length === 0 || wanted.some((text) => name.includes(text)))
if (cases.length === 0 || !(rounds >= 1)) throw new Error(`Nothing to run: ${process.argv.slice(2).join(' ')}`)

// What publishes by itself, as the APIs of other libraries do, is no app of this machine.
process.env.PLIMSOLL_DIR = newFolder()
const measured = new Map<string, Measurement[][]>(cases.map((name) => [name, []]))
for (let round = 1; round <= rounds; round++) {
  for (const name of cases) {
    process.stderr.write(`round ${round} of ${rounds}: ${name}\n`)
    measured.get(name)?.push(measure(name))
  }
}
const tables: Table[] = [...measured].flatMap(([name, all]) =>
  (all[0] ?? []).map((_, i) =>
    summarize(
      name,
      all.map((round) => round[i] as Measurement),
    ),
  ),
)
const machine = describeMachine()
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify({ machine, tables }, undefined, 2)}\n`)
if (wanted.length === 0) writeFileSync(join(root, 'docs/benchmarks.md'), documentText(tables, machine))
for (const table of tables) console.log(tableText(table))
const missed = misses(tables)
console.log(missed.length === 0 ? 'All bars are reached.' : `Missed:\n${missed.map((line) => `  ${line}`).join('\n')}`)
if (options.check && missed.length > 0) process.exitCode = 1

/** One round of a case, in a process of its own. */
function measure(name: string): Measurement[] {
  const program = join(here, `${name}.bench.js`)
  const stdio = ['ignore', 'pipe', 'inherit'] as const
  return JSON.parse(
    execFileSync(process.execPath, [...(flags[name] ?? []), program], { encoding: 'utf8', stdio: [...stdio] }),
  )
}

function describeMachine(): Machine {
  const versionOf = (name: string): string =>
    JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')).version
  const names = [
    'prom-client',
    '@prometheus-io/client',
    '@opentelemetry/sdk-metrics',
    '@opentelemetry/otlp-transformer',
    'graphite',
    'hot-shots',
    'prometheus-remote-write',
    `@koromix/koffi-linux-${process.arch}`,
    'zeromq',
  ]
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  return {
    node: process.versions.node,
    v8: process.versions.v8,
    processor: cpus()[0]?.model ?? 'unknown processor',
    cores: cpus().length,
    system: `${type()} ${release()} ${process.arch}`,
    packages: { plimsoll: version, ...Object.fromEntries(names.map((name) => [name, versionOf(name)])) },
    rounds,
  }
}
