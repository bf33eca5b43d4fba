import assert from 'node:assert/strict'
import { once } from 'node:events'
import { unlinkSync } from 'node:fs'
import { test } from 'node:test'
import { publish, Registry } from 'plimsoll'
import type { Result } from '#src/cli/result.ts'
import { run } from '#src/cli/run.ts'
import { flushOwn } from '#src/page/own-pages.ts'
import { newWriter } from '../fleet/pages.ts'
import { follow, newFolder, plimsoll, publisher, terminal } from './processes.ts'

test('poll counts what processes do, through the death of one, the birth of another and the removal of a page', async (t) => {
  const folder = newFolder(t)
  const first = await publisher(t, folder, 'shop', 'count 10')
  const poll = follow(t, 'poll', 'http.requests.count', 'http.requests.total', '--interval', '0.1', '--dir', folder)
  assert.equal(await poll.next(), 'time\tapp\tlive\thttp.requests.count\thttp.requests.total')
  let counted = 0
  const until = async (live: number, total: number): Promise<void> => {
    for (;;) {
      const [, app, alive, count, sum] = (await poll.next()).split('\t')
      assert.equal(app, 'shop')
      assert.ok(Number(count) >= 0)
      counted += Number(count)
      assert.equal(10 + counted, Number(sum))
      if (Number(alive) === live && Number(sum) === total) return
    }
  }
  await first.order('count 5')
  await until(1, 15)
  const second = await publisher(t, folder, 'shop', 'count 100')
  await until(2, 115)
  await first.order('count 1')
  await first.kill()
  await until(1, 116)
  unlinkSync(first.file)
  await second.order('count 1000')
  await until(1, 1116)
  poll.child.kill('SIGINT')
  const { code, signal, stderr } = await poll.end()
  assert.deepEqual({ code, signal }, { code: 0, signal: null })
  assert.equal(
    stderr,
    `plimsoll: ● shop ${second.pid} started
plimsoll: ▲ shop ${first.pid} was killed
plimsoll: ○ shop ${first.pid}: its page was removed
`,
  )
})

test('percentiles are those of the interval, whatever was before', async (t) => {
  const folder = newFolder(t)
  const shop = await publisher(t, folder, 'shop', 'time 100', 'time 100', 'time 100')
  const poll = follow(
    t,
    'poll',
    'http.latency.count',
    'http.latency.p50',
    'http.latency.max',
    '--interval',
    '0.1',
    '--dir',
    folder,
  )
  await poll.next()
  await poll.next()
  await shop.order('time 1')
  for (;;) {
    const [, , , count, median, max] = (await poll.next()).split('\t')
    if (count === '0') continue
    assert.equal(count, '1')
    assert.ok(Math.abs(Number(median) - 1) <= 0.022 && Math.abs(Number(max) - 1) <= 0.022)
    break
  }
  const quiet = (await poll.next()).split('\t').slice(3)
  assert.deepEqual(quiet, ['0', '-', '-'])
})

test('fields choose series by labels, statistics by their ending, and gauges by name alone', async (t) => {
  const folder = newFolder(t)
  await publisher(t, folder, 'shop', 'many 20', 'count 5', 'queue 7')
  const fields = [
    'http.requests{route=/cart}.total',
    'http.requests{status=200,route="/item/3"}.total',
    'http/requests.total',
    'queue.length',
  ]
  const { status, stdout, stderr } = await plimsoll(
    'poll',
    'shop',
    ...fields,
    '--count',
    '1',
    '--interval',
    '0.05',
    '--dir',
    folder,
  )
  assert.deepEqual({ status, stderr }, { status: 0, stderr: '' })
  const [head, line = ''] = stdout.split('\n')
  assert.equal(head, ['time', 'app', 'live', ...fields].join('\t'))
  assert.match(line, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\tshop\t1\t5\t1\t25\t7$/)
})

test('a field that no page has ends poll with code 1 and the nearest metric; with --wait the others are shown', async (t) => {
  const folder = newFolder(t)
  await publisher(t, folder, 'shop', 'queue 7')
  const words = ['queue.lenth', 'queue.length.p99', 'queue.length', '--count', '1', '--interval', '0.05']
  const { status, stdout, stderr } = await plimsoll('poll', ...words, '--dir', folder)
  assert.deepEqual([status, stdout], [1, ''])
  const waiting = await plimsoll('poll', ...words, '--wait', '--dir', folder)
  assert.equal(waiting.status, 0)
  assert.match(waiting.stdout, /\t-\t-\t7\n$/)
  assert.match(waiting.stderr, /^plimsoll: Unknown metric "queue\.lenth"/)
  assert.equal(
    stderr,
    `plimsoll: PLIMSOLL_FIELD_UNKNOWN Unknown metric "queue.lenth": no page contains it. Did you mean "queue.length"? Run "plimsoll show" to list all metrics.
plimsoll: PLIMSOLL_OPTION_INVALID Invalid field for plimsoll poll: "queue.length.p99". Expected "queue.length" alone or with one of value, 1m.min, 1m.max, 5m.min, 5m.max (kind: gauge).
`,
  )
  assert.equal((await plimsoll('poll', 'a{b', '--dir', folder)).status, 2)
})

test('labels that no series has are reported with what there is, and waited for with --wait', async (t) => {
  const folder = newFolder(t)
  await publisher(t, folder, 'shop', 'count 5')
  const poll = (...words: string[]) => plimsoll('poll', ...words, '--count', '1', '--interval', '0.05', '--dir', folder)
  const reported = async (field: string, hint: string): Promise<void> =>
    assert.deepEqual(await poll('http.requests', field), {
      status: 1,
      stdout: '',
      stderr: `plimsoll: PLIMSOLL_LABELS_UNKNOWN No series has the labels of "${field}". ${hint} Run "plimsoll show --filter http.requests" to list all series.\n`,
    })
  await reported('http.requests{status=500}', 'Values of "status": 200.')
  await reported('http.requests{route=/crat}.count', 'Did you mean "route=/cart"?')
  await reported('http.requests{status=200,statsu=x}', 'Did you mean "status"?')
  await reported('http.requests{verb=GET}.total', 'Labels: route, status.')
  const pattern = await poll('http.*{status=500}')
  assert.match(pattern.stderr, /LABELS_UNKNOWN .*"http\.\*\{status=500\}".*Values of "status": 200\./)
  const waiting = await poll('http.requests{status=500}', 'http.requests{status=200}.total', '--wait')
  assert.deepEqual([waiting.status, waiting.stdout.split('\t').slice(-2)], [0, ['-', '5\n']])
  assert.match(waiting.stderr, /^plimsoll: No series has the labels of "http\.requests\{status=500\}"/)
  for (const field of ['http.requests{status=2*}', 'http.requests{status!=500}', 'http.*{status=200}.total'])
    assert.deepEqual([field, (await poll(field)).status], [field, 0])
})

test('a word that is nearer to the name of an app than to a metric is reported as an app that was not found', async (t) => {
  const folder = newFolder(t)
  await publisher(t, folder, 'shop', 'queue 7')
  const noApp = `plimsoll: PLIMSOLL_PAGE_NOT_FOUND No app, process or page "shpo" found in ${folder}. Did you mean "shop"? Use a process id, an app or a page file; "plimsoll ls" lists them all.\n`
  for (const words of [['shpo'], ['shpo', 'queue.length']])
    assert.deepEqual(await plimsoll('poll', ...words, '--count', '1', '--dir', folder), {
      status: 1,
      stdout: '',
      stderr: noApp,
    })
  const unlike = await plimsoll('poll', 'xyzzy', '--dir', folder)
  assert.match(unlike.stderr, /Unknown metric "xyzzy": no page contains it, and no app has this name\. Run/)
  // What only a metric can be is not said to be an app.
  for (const words of [['shpo{a=b}'], ['shpo', '--prefix', 's.'], ['queue.lenth']])
    assert.match((await plimsoll('poll', ...words, '--dir', folder)).stderr, /FIELD_UNKNOWN .* no page contains it\. /)
})

test('a reader that closes the pipe early ends poll with code 0 and without a word', async (t) => {
  const folder = newFolder(t)
  await publisher(t, folder, 'shop', 'count 1')
  const poll = follow(t, 'poll', '--interval', '0.05', '--dir', folder)
  await poll.next()
  poll.child.stdout?.destroy()
  assert.deepEqual(await poll.end(), { code: 0, signal: null, stderr: '' })
})

test('on a terminal the columns are chosen and fitted, and the head comes again', async (t) => {
  const folder = newFolder(t)
  await publisher(t, folder, 'shop', 'count 9', 'time 0.25', 'queue 7')
  const pieces = (await run(
    ['poll', '--count', '3', '--interval', '0.05', '--headers', '2', '--dir', folder],
    terminal,
  )) as AsyncIterable<Result>
  let text = ''
  for await (const piece of pieces) text += piece.text
  const line = 'HH:MM:SS     1        0/s            -            -             7\n'
  const head = 'time live http.requests http.latency.p50 http.latency.p99 queue.length\n'
  assert.equal(
    text.replace(/\d\d:\d\d:\d\d/g, 'HH:MM:SS').replace(/ +/g, ' '),
    (head + line + line + head + line).replace(/ +/g, ' '),
  )
  assert.ok(text.split('\n').every((each) => each.length <= 80))
})

test('columns on a terminal are as wide as their largest number and usual ones, and do not become narrower', async (t) => {
  const folder = newFolder(t)
  const shop = await publisher(t, folder, 'shop', 'queue 7')
  const words = ['poll', 'shop', 'queue.length', 'queue.length.1m.max', '--interval', '0.05', '--headers', '0']
  const pieces = (await run([...words, '--count', '40', '--dir', folder], terminal)) as AsyncIterable<Result>
  const lines: string[] = []
  for await (const { text } of pieces) {
    lines.push(...text.split('\n').filter((line) => line !== ''))
    if (lines.length === 3) await shop.order('queue 123456789012')
    if (lines.some((line) => line.includes('123,456,789,012'))) await shop.order('queue 7')
    if (lines.length > 6 && / 7 /.test(lines.at(-1) ?? '')) break
  }
  const heads = lines.filter((line) => line.startsWith('time'))
  assert.deepEqual(heads, [
    'time      live  queue.length  queue.length.1m.max',
    'time      live     queue.length  queue.length.1m.max',
  ])
  // Numbers end below the ends of their heads, before and after the column became wider.
  const ends = lines.map((line) => line.length)
  assert.deepEqual([...new Set(ends)], [heads[0]?.length, heads[1]?.length])
  assert.ok(lines.every((line) => line.length <= 80))
})

test('names that differ at their ends alone are told apart in columns that are too narrow for them', async (t) => {
  const folder = newFolder(t)
  const registry = new Registry()
  const publication = publish({ registry, dir: folder, app: 'shop' })
  t.after(() => publication.close())
  const requests = registry.counter('http.requests', { labels: ['status'] })
  const statuses = ['200', '201', '404', '500', '503']
  for (const status of statuses) requests.inc({ status })
  const fields = statuses.map((status) => `http.requests{status=${status}}`)
  const words = ['poll', 'shop', ...fields, '--count', '1', '--interval', '0.05', '--dir', folder]
  let text = ''
  for await (const piece of (await run(words, terminal)) as AsyncIterable<Result>) text += piece.text
  const last = text.split('\n').find((line) => line.startsWith('time')) ?? ''
  assert.match(last, new RegExp(`^time +live${statuses.map((status) => ` +\\S*${status}}`).join('')}$`), text)
  assert.ok(text.split('\n').every((each) => each.length <= 80))
})

test('poll --csv and --json give the same values to programs', async (t) => {
  const folder = newFolder(t)
  await publisher(t, folder, 'a,b', 'queue 7')
  const poll = (...words: string[]) =>
    plimsoll('poll', 'queue.length', 'queue.*', ...words, '--count', '1', '--interval', '0.05', '--dir', folder)
  const csv = await poll('--csv')
  assert.match(csv.stdout, /^time,app,live,queue\.length,queue\.length\n[-\dT:.]+Z,"a,b",1,7,7\n$/)
  const json = JSON.parse((await poll('--json')).stdout)
  assert.deepEqual({ ...json, time: 0 }, { time: 0, app: 'a,b', live: 1, values: { 'queue.length': 7 } })
  const both = await poll('--csv', '--json')
  assert.deepEqual([both.status, both.stdout], [2, ''])
})

test('poll of a process that has ended has one line more, and ends; with --wait poll waits for the first process', async (t) => {
  const folder = newFolder(t)
  const gone = await publisher(t, folder, 'shop', 'queue 7', 'count 3')
  const poll = follow(t, 'poll', `${gone.pid}`, 'http.requests.total', '--interval', '0.1', '--dir', folder)
  await poll.next()
  assert.match(await poll.next(), /\t1\t3$/)
  await gone.kill()
  const { code, stderr } = await poll.end()
  assert.equal(code, 0)
  assert.match(stderr, /was killed/)

  const empty = newFolder(t)
  const waiting = follow(t, 'poll', 'queue.length', '--wait', '--count', '1', '--interval', '0.1', '--dir', empty)
  await publisher(t, empty, 'shop', 'queue 5')
  await waiting.next()
  assert.match(await waiting.next(), /\tshop\t1\t/)
  assert.equal((await waiting.end()).code, 0)
})

test('with --wait the first word is the app that is waited for, until it is an app or a metric', async (t) => {
  const folder = newFolder(t)
  const wait = (...words: string[]) => {
    const poll = follow(t, 'poll', ...words, '--wait', '--count', '1', '--interval', '0.1', '--dir', folder)
    let text = ''
    const told = new Promise<string>((resolve) => {
      poll.child.stderr?.on('data', (more) => {
        text += more
        if (/waiting for .*\n/.test(text)) resolve(text)
      })
    })
    return { ...poll, told }
  }
  // Nothing is there, then only another app.
  const early = wait('shop', 'queue.length')
  assert.match(await early.told, /waiting for "shop": no app and no metric has this name yet\./)
  await publisher(t, folder, 'mail', 'queue 1')
  const late = wait('shop', 'queue.length')
  const misspelt = wait('mial', 'queue.length')
  assert.match(await late.told, /^plimsoll: waiting for "shop": /)
  assert.match(await misspelt.told, /waiting for "mial": .* Did you mean "mail"\?\n$/)
  await publisher(t, folder, 'shop', 'queue 5')
  for (const poll of [early, late]) {
    assert.equal(await poll.next(), 'time\tapp\tlive\tqueue.length')
    assert.match(await poll.next(), /\tshop\t1\t\d$/)
    assert.equal((await poll.end()).code, 0)
  }
  // What is known is not waited for: a metric, apps beside a word that is none, and what cannot be an app.
  for (const words of [
    ['mails', '--prefix', 'no.'],
    ['shop', 'mial'],
    ['queue.lenth'],
    ['queue.length', 'mial'],
    ['mial{a=b}'],
  ]) {
    const { status, stdout } = await plimsoll('poll', ...words, '--wait', '-c', '1', '-d', '0.05', '--dir', folder)
    assert.deepEqual([status, stdout.trim().split('\n').length > 1], [0, true], words.join(' '))
  }
})

test('a word that is waited for may become a metric', async (t) => {
  const folder = newFolder(t)
  const { file, registry } = newWriter(t, folder)
  const poll = follow(t, 'poll', 'load', '--wait', '--count', '1', '--interval', '0.1', '--dir', folder)
  const [text] = await once(poll.child.stderr ?? assert.fail(), 'data')
  assert.match(String(text), /waiting for "load"/)
  registry.gauge('load').set(7)
  flushOwn(file)
  assert.match(await poll.next(), /\tload$/)
  assert.match(await poll.next(), /\tshop\t1\t7$/)
})

test('times have units', async (t) => {
  const folder = newFolder(t)
  await publisher(t, folder, 'shop', 'queue 5')
  for (const interval of ['50ms', '.05', '0.05s', '0.001min'])
    assert.equal((await plimsoll('poll', '-d', interval, '-c', '1', '--dir', folder)).status, 0, interval)
  for (const interval of ['5 apples', '1ms', '-1s', '2d', 'ms', ''])
    assert.equal((await plimsoll('poll', `--interval=${interval}`, '-c', '1', '--dir', folder)).status, 2, interval)
})
