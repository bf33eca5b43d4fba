import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Result } from '#src/cli/result.ts'
import { run } from '#src/cli/run.ts'
import { newFolder, plimsoll, terminal } from '../cli/processes.ts'
import { untilAsync } from '../faults/processes.ts'

const fixture = fileURLToPath(new URL('fixtures/ill.js', import.meta.url))

/** A process with something wrong; it is gone after the test. */
async function ill(t: TestContext, folder: string, what: string, how = ''): Promise<ChildProcess> {
  const command = `${how === '' ? '' : `${how}; `}exec "$0" ${what === 'heap' ? '--max-old-space-size=64 ' : ''}"$@"`
  const child = spawn('sh', ['-c', command, process.execPath, fixture, folder, what], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  t.after(() => child.kill('SIGKILL'))
  const isReady = await Promise.race([
    once(child.stdout, 'data').then(() => true),
    once(child, 'exit').then(() => false),
  ])
  assert.ok(isReady, `${what} has ended`)
  return child
}

test('doctor says what is wrong with each process, the worst first, and what to do', async (t) => {
  const folder = newFolder(t)
  const [descriptors, heap, series, block, thrown, ended] = await Promise.all([
    ill(t, folder, 'descriptors', 'ulimit -n 128'),
    ill(t, folder, 'heap'),
    ill(t, folder, 'series'),
    ill(t, folder, 'block'),
    ill(t, folder, 'throw'),
    ill(t, folder, 'well'),
  ])
  ended.kill('SIGTERM')
  await Promise.all([once(ended, 'exit'), thrown.exitCode === null && once(thrown, 'exit')])
  const context = { ...terminal, columns: 120 }
  const doctor = async (): Promise<Result> => (await run(['doctor', '--dir', folder], context)) as Result
  await untilAsync('the blocked loop', 20, async () => /event loop blocked/.test((await doctor()).text))
  const { text, exitCode, messages } = await doctor()
  assert.deepEqual([exitCode, messages], [1, []])
  const lines = text.split('\n').map((line) => line.replace(/[\d.]+s\b|[\d.]+(?= s\b| %| MiB)/g, 'N'))
  const has = (line: RegExp): void =>
    assert.ok(
      lines.some((one) => line.test(one)),
      `${line} in\n${text}`,
    )
  has(new RegExp(`^✖ block ${block.pid}: event loop blocked for N$`))
  has(new RegExp(`^ {2}Run "plimsoll stack ${block.pid}" to see the calls that it is in\\.$`))
  has(new RegExp(`^✖ throw ${thrown.pid}: killed: uncaught exception or rejection, N ago$`))
  has(new RegExp(`^▲ heap ${heap.pid}: heap at N % of its limit: N MiB of N MiB$`))
  assert.match(text, /% of its limit: [\d.]+ MiB of 64 MiB\n/)
  has(new RegExp(`^▲ descriptors ${descriptors.pid}: file descriptors at N % of the limit: \\d+ of 128$`))
  has(new RegExp(`^▲ series ${series.pid}: requests has as many series as it may: 5 look-ups went to overflow="true"$`))
  has(new RegExp(`^▲ series ${series.pid}: 1 value of size rejected \\(value\\)$`))
  has(new RegExp(`^▲ well ${ended.pid}: killed by a signal, no sign of an error, N ago$`))
  has(/^\d errors?, \d warnings?, 1 note in 6 processes and threads\.$/)
  const found = lines.map((line) => line[0]).filter((mark) => mark === '✖' || mark === '▲')
  assert.equal(
    found.join(''),
    `${'✖'.repeat(found.lastIndexOf('✖') + 1)}${'▲'.repeat(found.length - found.lastIndexOf('✖') - 1)}`,
  )

  const { text: shown } = (await run(['show', `${thrown.pid}`, '--dir', folder], context)) as Result
  assert.match(shown, new RegExp(`\n✖ ${thrown.pid}: killed: uncaught exception or rejection, [\\d.]+s ago\n`))
  assert.match(shown, /\n {2}ended {7}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\n {2}process .*uncaught errors 1/)

  const { text: held } = (await run(['show', `${block.pid}`, '--dir', folder], context)) as Result
  assert.match(held, /\n {2}process {5}CPU \d\d+ %,.*\n {2}event loop {2}blocked [\d.]+ s, busy 100 %/)
  assert.match(held, /\n--all shows all\. plimsoll doctor block: what to do about it\.\n$/)

  series.kill('SIGKILL')
  await once(series, 'exit')
  const { text: dead } = (await run(['show', `${series.pid}`, '--dir', folder], context)) as Result
  const first = `\n▲ ${series.pid}: killed by a signal, no sign of an error, `
  assert.ok(dead.indexOf(first) > 0 && dead.indexOf(first) < dead.indexOf('requests has as many series'), dead)

  // The same as data, of one app; and of one that was killed when its heap was full.
  heap.kill('SIGKILL')
  await once(heap, 'exit')
  const { status, stdout } = await plimsoll('doctor', 'heap', '--json', '--dir', folder)
  const [killed, ...others] = JSON.parse(stdout)
  assert.deepEqual([status, others.map(({ rule }: { rule: string }) => rule)], [1, []])
  assert.deepEqual(
    [killed.rule, killed.severity, killed.pid, killed.app, killed.state],
    ['killed', 'error', heap.pid, 'heap', 'killed'],
  )
  assert.match(killed.text, /^killed: probably out of memory, heap at \d+ % of its limit: [\d.]+ MiB of 64 MiB$/)
  const list = ((await run(['ls', '--dir', folder], { ...context, columns: 200, color: true })) as Result).text
  assert.match(list, new RegExp(`\\u001b\\[31mblock +${block.pid} +✖ blocked `))
  assert.match(
    list,
    new RegExp(`\\u001b\\[33mdescriptors +${descriptors.pid} +▲ live .* file descriptors at \\d+ % of the limit`),
  )
  assert.match(list, /\nplimsoll doctor: all that is wrong, and what to do about it\.\n$/)
})

test('doctor ends with code 0 where nothing is wrong', async (t) => {
  const folder = newFolder(t)
  await ill(t, folder, 'well')
  const { status, stdout, stderr } = await plimsoll('doctor', '--dir', folder)
  assert.deepEqual([status, stdout, stderr], [0, 'Nothing is wrong with 1 process or thread.\n', ''])
})
