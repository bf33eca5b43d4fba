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
      '5: Any quantile can be read, over the last 1 and 5 minutes as well: options about that are left out.',
      '5: A histogram of seconds is a timer here.',
    ]
    assert.deepEqual(migrated('metrics.ts', before), { after, notes })
  })

  test('that makes metrics by name stays as far as it must, on plimsoll/prom-client, with the lines that it is about.', () => {
    const { before, after } = projects.service
    const notes = [
      '4: "Counter" is used as in prom-client.',
      '7: "promClient.register" is used as in prom-client.',
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
    const notes = [`${file}:4: "register" is used as in prom-client.`]
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
