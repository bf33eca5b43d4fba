import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import ts from 'typescript'
import { migrate } from '#src/cli/migrate/rewrite.ts'
import type { Result } from '#src/cli/result.ts'
import { run as runCommand } from '#src/cli/run.ts'
import { newApp, newFolder, run } from '../launchers/apps.ts'
import * as projects from './fixtures/migrated.ts'
import { terminal } from './processes.ts'

function migrated(file: string, text: string) {
  const [one] = migrate(ts, new Map([[file, text]]))
  return { after: one?.after, notes: one?.notes.map(({ line, text }) => `${line}: ${text}`) }
}

describe('The code of a project that uses prom-client', () => {
  test('in CommonJS, with collect functions and default metrics, is translated.', () => {
    const { before, after } = projects.streaming
    const notes = [
      '4: Metrics of the process have names of their own; formats give them those of prom-client by an option.',
    ]
    assert.deepEqual(migrated('metrics.js', before), { after, notes })
  })

  test('in TypeScript, with summaries, label values by place and a registry of its own, is translated.', () => {
    const { before, after } = projects.flags
    const notes = [
      '3: Readers see a registry of its own where it is published: publish({ registry }).',
      '5: Any quantile can be read, over the last 1 and 5 minutes as well: options about that are left out.',
      '5: A histogram of seconds is a timer here.',
    ]
    assert.deepEqual(migrated('metrics.ts', before), { after, notes })
  })

  test('that makes metrics by name stays as far as it must, on plimsoll/prom-client, with the lines that it is about.', () => {
    const { before, after } = projects.service
    const notes = [
      '4: "Counter" is used as in prom-client.',
      '7: "promClient.register" is used as in prom-client: it has no metrics that were translated.',
      '14: new Gauge() is not translated, because of its option "aggregator".',
      '19: new Counter() is not translated: its options are not written out here.',
    ]
    assert.deepEqual(migrated('service.ts', before), { after, notes })
  })

  test('runs when it is translated.', (t) => {
    const app = `const { setupMetrics, answer } = require('./metrics.js')
setupMetrics([], { totalCount: 4 }).sent.inc({ type: 'push' }, 2)
answer({}, { setHeader() {}, end: console.log })`
    const { cwd, env } = newApp(t, { 'metrics.js': projects.streaming.after, 'app.js': app })
    const { stdout } = run(process.execPath, ['app.js'], { cwd, env })
    for (const line of ['pool_total_connections 4', 'messages_sent_total{type="push"} 2'])
      assert.ok(stdout.includes(line))
  })
})

test('What one file declares is translated where another one uses it.', () => {
  const files = new Map([
    [
      'a.ts',
      `import { Counter } from 'prom-client'\nexport const jobs = new Counter({ name: 'jobs', help: 'Jobs', labelNames: ['queue'] })\n`,
    ],
    ['b.ts', `import { jobs } from './a.ts'\njobs.labels('mail').inc()\njobs.labels(...names).inc()\njobs.reset()\n`],
  ])
  const [, user] = migrate(ts, files)
  assert.equal(
    user?.after,
    `import { jobs } from './a.ts'\njobs.labels({ queue: 'mail' }).inc()\njobs.labels(...names).inc()\njobs.reset()\n`,
  )
  assert.deepEqual(user?.notes, [
    { line: 3, text: 'Pass labels by name: labels({ queue: … }).' },
    { line: 4, text: 'There is no reset() here.' },
  ])
})

test('A registry of its own is translated with what uses it, in other files as well, and what it does not have here is listed.', () => {
  const files = new Map([
    [
      'registry.ts',
      `import client, { Counter } from 'prom-client'
export const registry = new client.Registry()
registry.setDefaultLabels({ service: 'billing' })
client.collectDefaultMetrics({ register: registry })
export const jobs = new Counter({ name: 'jobs', help: 'Jobs', registers: [registry] })
`,
    ],
    [
      'metrics.ts',
      `import { type Registry, register } from 'prom-client'
import { registry } from './registry.js'
export const type = registry.contentType
export const text = async (): Promise<string> => await registry.metrics()
export const alone = (one: Registry): string[] => [one, registry, register].map((each) => each.constructor.name)
`,
    ],
  ])
  const [first, second] = migrate(ts, files)
  assert.equal(
    first?.after,
    `import { Registry } from 'plimsoll'
import { observeRuntime } from 'plimsoll/runtime'
export const registry = new Registry()
registry.setDefaultLabels({ service: 'billing' })
observeRuntime(registry)
export const jobs = registry.counter('jobs', { help: 'Jobs' })
`,
  )
  assert.deepEqual(first?.notes, [
    { line: 2, text: 'Readers see a registry of its own where it is published: publish({ registry }).' },
    { line: 3, text: 'A registry has no setDefaultLabels() here.' },
    {
      line: 4,
      text: 'Metrics of the process have names of their own; formats give them those of prom-client by an option.',
    },
  ])
  assert.equal(
    second?.after,
    `import { formatPrometheus, prometheusContentType } from 'plimsoll/formats'
import { Registry } from 'plimsoll'
import { register } from 'plimsoll/prom-client'
import { registry } from './registry.js'
export const type = prometheusContentType
export const text = async (): Promise<string> => await formatPrometheus(registry.read())
export const alone = (one: Registry): string[] => [one, registry, register].map((each) => each.constructor.name)
`,
  )
  assert.deepEqual(second?.notes, [
    { line: 5, text: '"register" is used as in prom-client: it has no metrics that were translated.' },
  ])
})

test('What else is made of prom-client is listed, with what is passed to it.', () => {
  const text = `import { collectDefaultMetrics, Pushgateway, register } from 'prom-client'
collectDefaultMetrics({ prefix: 'shop_' })
export const gateway = new Pushgateway('http://127.0.0.1:9091', {}, register)
`
  const { after, notes } = migrated('push.js', text)
  assert.match(after ?? '', /^import \{ Pushgateway, register \} from 'plimsoll\/prom-client'$/m)
  assert.deepEqual(notes, [
    '2: Metrics of the process have names of their own; formats give them those of prom-client by an option.',
    '2: Options of collectDefaultMetrics() are left out.',
    '3: "Pushgateway" is used as in prom-client.',
    '3: "register" is used as in prom-client: it has no metrics that were translated.',
  ])
})

describe('plimsoll migrate', () => {
  test('prints what would change, and what was not translated, with its line.', async (t) => {
    const file = join(newFolder(t), 'metrics.ts')
    const before = `import { Counter, register } from 'prom-client'\n\nconst jobs = new Counter({ name: 'jobs', help: 'Jobs' })\nregister.clear()\njobs.inc()\n`
    writeFileSync(file, before)
    const { text, messages, exitCode } = (await runCommand(['migrate', file], terminal)) as Result
    const diff = `--- ${file}
+++ ${file}
@@ line 1 @@
-import { Counter, register } from 'prom-client'
+import { counter } from 'plimsoll'
+import { register } from 'plimsoll/prom-client'
 
-const jobs = new Counter({ name: 'jobs', help: 'Jobs' })
+const jobs = counter('jobs', { help: 'Jobs' })
 register.clear()
 jobs.inc()
`
    const notes = [`${file}:4: "register" is used as in prom-client: it has no metrics that were translated.`]
    assert.deepEqual({ text, messages, exitCode }, { text: diff, messages: notes, exitCode: 0 })
    assert.equal(readFileSync(file, 'utf8'), before)
  })

  test('changes files with --write, and reports one that cannot be read.', async (t) => {
    const file = join(newFolder(t), 'metrics.js')
    writeFileSync(file, projects.streaming.before)
    const { text, exitCode } = (await runCommand(['migrate', '--write', file, `${file}.no`], terminal)) as Result
    assert.deepEqual({ text, exitCode }, { text: `${file}: changed\n`, exitCode: 1 })
    assert.equal(readFileSync(file, 'utf8'), projects.streaming.after)
  })
})
