import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, openSync, truncateSync } from 'node:fs'
import { test } from 'node:test'
import { parseJson } from 'plimsoll/formats'
import type { Result } from '#src/cli/result.ts'
import { run } from '#src/cli/run.ts'
import { main } from '../support/command.ts'
import { newFolder, plimsoll, publisher, terminal } from './processes.ts'

/** The same text whichever process ran, and when. */
function stable(text: string, pids: Readonly<Record<string, number>>): string {
  let named = text
  for (const [name, pid] of Object.entries(pids)) named = named.replaceAll(`pid ${pid}`, `pid ${name}`)
  return named.replace(/ (\d+\.\d|\d+m?\d*)s/g, ' N s')
}

test('show adds the pages of an app up, counters of the killed included and their gauges left out', async (t) => {
  const folder = newFolder(t)
  const dead = await publisher(t, folder, 'shop', 'count 5', 'queue 100')
  const live = await publisher(t, folder, 'shop', 'count 2', 'queue 3', 'time 0.25')
  await dead.kill()
  const { status, stdout, stderr } = await plimsoll(
    'show',
    '--dir',
    folder,
    '--filter',
    'http.r',
    '--filter',
    'queue.*',
  )
  assert.deepEqual({ status, stderr }, { status: 0, stderr: '' })
  assert.equal(
    stable(stdout, { LIVE: live.pid }),
    `shop  1 live, 1 killed: pid LIVE

http.requests  counter  Answered requests
  route=/cart status=200  7

queue.length  gauge, sum
  (all)  3
`,
  )
})

test('a killed process that is named, by pid or by file, shows its last gauges', async (t) => {
  const folder = newFolder(t)
  const { pid, file, kill } = await publisher(t, folder, 'shop', 'queue 100')
  await publisher(t, folder, 'shop', 'queue 3')
  await kill()
  const expected = `shop  pid DEAD, killed after N s, last heartbeat N s ago

queue.length  gauge, sum
  (all)  100
`
  const byPid = await plimsoll('show', `${pid}`, '--dir', folder, '--filter', 'queue')
  assert.deepEqual(
    { ...byPid, stdout: stable(byPid.stdout, { DEAD: pid }) },
    { status: 0, stdout: expected, stderr: '' },
  )
  const byFile = await plimsoll('show', file, '--filter', 'queue')
  assert.deepEqual(
    { ...byFile, stdout: stable(byFile.stdout, { DEAD: pid }) },
    { status: 0, stdout: expected, stderr: '' },
  )
})

test('show --json is one line for each app, and reads back as a snapshot', async (t) => {
  const folder = newFolder(t)
  await publisher(t, folder, 'shop', 'count 5')
  await publisher(t, folder, 'mail', 'count 1')
  const { status, stdout, stderr } = await plimsoll('show', '--json', '--dir', folder, '--filter', 'http.requests')
  const snapshots = stdout.trimEnd().split('\n').map(parseJson)
  const counts = snapshots.map(({ pages, families }) => [pages[0]?.app, families.map(({ series }) => series)])
  assert.deepEqual(counts, [
    ['mail', [[{ labels: { route: '/cart', status: '200' }, value: 1 }]]],
    ['shop', [[{ labels: { route: '/cart', status: '200' }, value: 5 }]]],
  ])
  assert.deepEqual({ status, stderr }, { status: 0, stderr: '' })
})

test('Prometheus text of several apps keeps them apart by a label, and one app has none', async (t) => {
  const folder = newFolder(t)
  await publisher(t, folder, 'shop', 'count 5', 'label "x"')
  await publisher(t, folder, 'mail', 'count 1')
  assert.deepEqual(
    await plimsoll('show', '--prometheus', '--dir', folder, '--filter', 'mails', '--filter', '*requests'),
    {
      status: 0,
      stdout: `# HELP http_requests_total Answered requests
# TYPE http_requests_total counter
http_requests_total{app="mail",route="/cart",status="200"} 1
http_requests_total{app="shop",route="/cart",status="200"} 5
# TYPE mails_sent_total counter
mails_sent_total{app="shop",exported_app="x"} 1
`,
      stderr: '',
    },
  )
  assert.deepEqual(await plimsoll('show', 'shop', '--prometheus', '--dir', folder, '--filter', 'mails.sent'), {
    status: 0,
    stdout: '# TYPE mails_sent_total counter\nmails_sent_total{app="x"} 1\n',
    stderr: '',
  })
  assert.match((await plimsoll('show', '--openmetrics', '--dir', folder)).stdout, /\n# EOF\n$/)
})

test('labels with line feeds and escape sequences are exact in a pipe and harmless on a terminal', async (t) => {
  const folder = newFolder(t)
  await publisher(t, folder, 'shop', `label ${JSON.stringify('\u001b[2J\n\u009b31m"\u202e')}`)
  const args = ['show', '--dir', folder, '--filter', 'mails']
  const exact = '# TYPE mails_sent_total counter\nmails_sent_total{app="\u001b[2J\\n\u009b31m\\"\u202e"} 1\n'
  assert.equal((await plimsoll(...args, '--prometheus')).stdout, exact)
  for (const format of [[], ['--json'], ['--prometheus'], ['--openmetrics']]) {
    const { text } = (await run([...args, ...format], terminal)) as Result
    assert.deepEqual(text.match(/[^\n\P{Cc}]|\p{Cf}/gu), null)
    assert.match(text, /mails/)
  }
})

test('a pid, app or file that is not there ends with code 1, and the others are shown', async (t) => {
  const folder = newFolder(t)
  await publisher(t, folder, 'shop', 'count 5')
  const { status, stdout, stderr } = await plimsoll(
    'show',
    'shop',
    'shup',
    '1',
    '--dir',
    folder,
    '--prometheus',
    '--filter',
    'http.requests',
  )
  const missing = (given: string, suggestion = ''): string =>
    `plimsoll: PLIMSOLL_PAGE_NOT_FOUND No app, process or page "${given}" found in ${folder}. ${suggestion}Use a process id, an app or a page file; "plimsoll ls" lists them all.\n`
  assert.deepEqual({ status, stderr }, { status: 1, stderr: missing('shup', 'Did you mean "shop"? ') + missing('1') })
  assert.match(stdout, /^http_requests_total\{.*\} 5$/m)
  const none = (await run(['show', 'shup', '--dir', folder], terminal)) as Result
  assert.deepEqual([none.text, none.messages.length], ['', 1])
  const lost = await plimsoll('show', `${folder}/lost.page`)
  assert.equal(lost.status, 1)
  assert.match(lost.stderr, /^plimsoll: PLIMSOLL_PAGE_UNREADABLE Cannot read page \S+lost\.page: ENOENT/)
})

test('an app whose name has a slash is chosen by that name, as a scoped package is', async (t) => {
  const folder = newFolder(t)
  await publisher(t, folder, '@acme/shop', 'count 5')
  const { status, stdout, stderr } = await plimsoll(
    'show',
    '@acme/shop',
    '--dir',
    folder,
    '--prometheus',
    '--filter',
    'http.r',
  )
  assert.deepEqual({ status, stderr }, { status: 0, stderr: '' })
  assert.match(stdout, /^http_requests_total\{.*\} 5$/m)
  const missing = await plimsoll('show', '@acme/mail', '--dir', folder)
  assert.equal(missing.status, 1)
  assert.match(missing.stderr, /^plimsoll: PLIMSOLL_PAGE_NOT_FOUND No app, process or page "@acme\/mail" found in /)
})

test('a filter that no metric fits says so and is no failure', async (t) => {
  const folder = newFolder(t)
  await publisher(t, folder, 'shop')
  const nothing = {
    status: 0,
    stdout: '',
    stderr: 'plimsoll: no metric matches --filter *.request?. Leave it out to see all metrics.\n',
  }
  assert.deepEqual(await plimsoll('show', '--dir', folder, '--filter', '*.request?'), nothing)
  const { stderr } = await plimsoll('show', '--dir', folder, '--filter', 'queue.lenght')
  assert.match(stderr, /no metric matches --filter queue\.lenght\. Did you mean "queue\.length"\? Leave it out/)
  const isFalse = await plimsoll('show', '--dir', folder, '--filter', 'queue.length > 1000')
  assert.match(isFalse.stderr, /no metric matches --filter queue\.length > 1000\. Leave it out/)
  for (const unknown of ['queue.length > 100mb', 'queue.length<many'])
    assert.match(
      (await plimsoll('show', '--dir', folder, '--filter', unknown)).stderr,
      /PLIMSOLL_OPTION_INVALID Invalid --filter for plimsoll show: .* Expected a number after "[<>]" in place of "(100mb|many)"/,
    )
  await publisher(t, folder, 'other', 'count 1')
  const noLabels = await plimsoll('show', '--dir', folder, '--filter', 'http.req{status=404}')
  assert.equal(noLabels.stdout, '')
  assert.match(noLabels.stderr, /no metric matches --filter http\.req\{status=404\}\. Values of "status": 200\. Leave/)
})

test('a metric in place of an app is shown to be one, with what selects it', async (t) => {
  const folder = newFolder(t)
  await publisher(t, folder, 'shop', 'queue 7')
  const { status, stderr } = await plimsoll('show', 'queue.length', '--dir', folder)
  assert.equal(status, 1)
  assert.match(
    stderr,
    /No app, process or page "queue\.length" found.*\nplimsoll: "queue\.length" is a metric; "plimsoll show --filter queue\.length" selects it\.\n$/,
  )
})

test('a reader that closes the pipe early ends show with code 0 and without a word', async (t) => {
  const folder = newFolder(t)
  await publisher(t, folder, 'shop', 'many 1900')
  const child = spawn(process.execPath, [main, 'show', '--prometheus', '--dir', folder])
  let stderr = ''
  child.stderr.on('data', (text) => {
    stderr += text
  })
  await once(child.stdout, 'readable')
  child.stdout.destroy()
  const [code] = await once(child, 'close')
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
})

test('a disk without room under the output ends show with code 1 and one line', {
  skip: !existsSync('/dev/full'),
}, async (t) => {
  const folder = newFolder(t)
  await publisher(t, folder, 'shop', 'count 1')
  const full = openSync('/dev/full', 'w')
  t.after(() => closeSync(full))
  const { status, stderr } = spawnSync(process.execPath, [main, 'show', '--prometheus', '--dir', folder], {
    encoding: 'utf8',
    stdio: ['ignore', full, 'pipe'],
  })
  const line = 'plimsoll: the output cannot be written: ENOSPC: no space left on device, write.\n'
  assert.deepEqual({ status, stderr }, { status: 1, stderr: line })
})

test('a terminal gets the largest series of a metric that has many, and with --all, as a pipe does, all', async (t) => {
  const folder = newFolder(t)
  await publisher(t, folder, 'shop', 'many 500', 'count 9', 'queue 1')
  const words = ['show', '--dir', folder, '--filter', 'http.requests', '--filter', 'queue']
  const { text, exitCode } = (await run(words, terminal)) as Result
  const lines = text.split('\n')
  assert.equal(exitCode, 0)
  assert.deepEqual(lines.slice(2, 4), ['http.requests  counter  Answered requests', '  route=/cart status=200     9'])
  assert.deepEqual(lines.slice(-7), [
    '  … and 481 more',
    '',
    'queue.length  gauge, sum',
    '  (all)  1',
    '',
    'Showing the 20 largest series of each metric; --all shows all.',
    '',
  ])
  for (const whole of [
    ((await run([...words, '--all'], terminal)) as Result).text,
    (await plimsoll(...words)).stdout,
  ]) {
    assert.equal(whole.match(/route=/g)?.length, 501)
    assert.doesNotMatch(whole, /more$|--all/m)
  }
  assert.equal(((await run([...words, '--prometheus'], terminal)) as Result).text.match(/route=/g)?.length, 501)
})

test('a terminal gets a summary that fits it: totals, shares, what failed and the largest series', async (t) => {
  const folder = newFolder(t)
  const orders = ['count 40', 'time 0.25', 'queue 7', ...Array.from({ length: 30 }, (_, i) => `label "${i}"`)]
  const { pid } = await publisher(t, folder, 'shop', ...orders)
  const show = async (...words: string[]): Promise<string> =>
    ((await run(['show', ...words, '--dir', folder], { ...terminal, rows: 24 })) as Result).text
  const text = await show('shop')
  const lines = text.split('\n')
  assert.equal(lines[0]?.replace(/\d+\.\ds/, 'N'), `shop  pid ${pid}, up N`)
  assert.ok(lines.length <= 24 && lines.every((line) => line.length <= 80), text)
  // There is no last minute of a process that has just begun.
  assert.match(text, /── since start ─+\n +(n\/s +p50 +p99 +)?count +p99 +max\n/)
  assert.match(text, /\n {2}http\.latency .* 1 +250 ms +250 ms\n/)
  assert.match(text, /\n {2}http\.requests {2}route=\/cart status=200 +40 /)
  assert.match(text, /\n {2}mails\.sent +30 .*\n {4}app=\d+ +1 .* 3\.3 %\n/)
  assert.match(text, /\n {2}queue\.length +7\n/)
  assert.match(text, /\nThe largest series; --all shows all metrics, --filter <text> some\.\n$/)
  assert.match(await show('shop', '--all'), /^mails\.sent {2}counter$/m)
})

test('the lines that an app with few metrics leaves on a terminal are for the others', async (t) => {
  const folder = newFolder(t)
  await publisher(t, folder, 'mail', 'count 1')
  await publisher(t, folder, 'shop', ...Array.from({ length: 30 }, (_, i) => `label "${i}"`))
  const { text } = (await run(['show', '--dir', folder], { ...terminal, rows: 24 })) as Result
  assert.equal(text.trimEnd().split('\n').length, 23, text)
})

test('pages of other apps than the one shown are not read behind their headers', async (t) => {
  const folder = newFolder(t)
  const { pid } = await publisher(t, folder, 'shop', 'count 1')
  const other = await publisher(t, folder, 'other')
  await other.kill()
  truncateSync(other.file, 8192)
  const run = (...words: string[]) => plimsoll(...words, '--dir', folder)
  const damaged = /PLIMSOLL_PAGE_DAMAGED/
  assert.match((await run('show')).stderr, damaged)
  for (const words of [
    ['show', 'shop'],
    ['show', `${pid}`],
    ['poll', 'shop', 'http.requests', '--count', '1'],
  ]) {
    const { status, stderr, stdout } = await run(...words)
    assert.deepEqual([status, stderr], [0, ''], words.join(' '))
    assert.match(stdout, /http\.requests/)
  }
})

test('show --by worker has a heading for each process, those that live first', async (t) => {
  const folder = newFolder(t)
  const gone = await publisher(t, folder, 'shop', 'count 1')
  const live = await publisher(t, folder, 'shop', 'count 2')
  await gone.kill()
  for (const context of [terminal, { ...terminal, columns: undefined }]) {
    const { text } = (await run(['show', '--by', 'worker', '--dir', folder], context)) as Result
    const heads = text.split('\n').filter((line) => line.startsWith('shop  pid '))
    assert.deepEqual(
      heads.map((line) => Number(line.split(/[ ,]+/)[2])),
      [live.pid, gone.pid],
    )
    assert.doesNotMatch(text, /worker=|tid=/)
  }
})
