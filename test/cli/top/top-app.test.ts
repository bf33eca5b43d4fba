import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FamilySnapshot } from 'plimsoll/snapshot'
import { createTestRegistry } from 'plimsoll/testing'
import { Screen } from '#src/cli/screen/screen.ts'
import { Emulator, withoutSequences } from '../screen/emulator.ts'
import { drive } from './drive.ts'
import { begin, counter, type FakePages, gauge, observed, page } from './fake-pages.ts'

const twoApps: FakePages['read'] = (seconds) => [
  page(8217, {}, observed(0.31 * seconds, 143 * seconds)),
  page(8775, { state: 'blocked', heartbeatAge: 4.2 }, observed(1, 10)),
  page(8213, { state: 'killed', heartbeatAge: 45 }, observed(1, 10)),
  page(77, { app: 'mail', file: '/pages/mail.page' }, [
    counter('mails.sent', 7 * seconds),
    gauge('queue.length', seconds),
  ]),
]

test('each process has a line with what it is doing; trouble has a mark and words', () => {
  const top = drive(twoApps)
  top.pass(6)
  const [title, head, mail, live, blocked, killed] = top.lines()
  assert.match(title ?? '', /2 apps: 2 live, 1 blocked, 1 killed/)
  assert.match(head ?? '', /APP +PROCESS +STATE +UP +CPU +RSS +HEAP +LOOP p99 +UTIL +REQ\/S +P50 1m +P99 1m +ERR\/S/)
  assert.match(live ?? '', /shop +elsewhere:8217 +● live +1m4[0-9]s +31 % +76M +48M +- +30 % +143 /)
  assert.match(blocked ?? '', / +elsewhere:8775 +✖ blocked 4\.2s .* 100 % /)
  assert.match(killed ?? '', / +elsewhere:8213 +▲ killed 45s ago /)
  // Without plimsoll/register there is nothing to know of these.
  assert.match(mail ?? '', /mail +elsewhere:77 +● live +1m4[0-9]s( +-){9}/)
  top.type('down', 'down')
  assert.match(top.text(), /✖ shop elsewhere:8775: event loop blocked for 4\.2s; b: where/)
  top.type('down')
  assert.match(
    top.text(),
    /▲ shop elsewhere:8213: killed by a signal, no sign of an error, 45s ago; enter: its last metrics/,
  )
})

test('the line of a blocked process tells where it is, once that was asked for', async () => {
  const top = drive(twoApps)
  top.pass(2)
  top.type('down', 'down', 'b')
  await Promise.resolve()
  await Promise.resolve()
  assert.match(top.text(160), /✖ blocked 4\.2s in parse\(\) cart\.js:12/)
})

test('the list is sorted, reversed, filtered by names and by selectors, and folded', () => {
  const top = drive((seconds) => [
    page(1, {}, observed(0.1 * seconds, 10 * seconds)),
    page(2, {}, [...observed(0.9 * seconds, 5 * seconds), gauge('queue.length', 12)]),
    page(3, { app: 'mail', file: '/pages/mail.page' }, observed(0.5 * seconds, 20 * seconds)),
  ])
  const order = (): string[] =>
    top
      .lines()
      .slice(2, -2)
      .flatMap((line) => /^ (?:\w+)? +elsewhere:(\d+) +● live/.exec(line)?.[1] ?? [])
  top.pass(6)
  assert.deepEqual(order(), ['3', '1', '2'])
  top.type('s')
  assert.deepEqual(order(), ['2', '3', '1'])
  assert.match(top.text(), /sorted by cpu/)
  top.type('S')
  assert.deepEqual(order(), ['1', '3', '2'])
  top.type('S', 's', 's', 's', 's', 's', 's')
  assert.deepEqual(order(), ['3', '1', '2'])
  top.type('/', ...'mail', 'enter')
  assert.deepEqual(order(), ['3'])
  top.type('/', 'ctrl-u', ...'mial', 'enter')
  assert.match(top.text(), /No process fits the filter "mial"\. Did you mean "mail"\? Esc shows all\./)
  top.type('/', 'ctrl-u', ...'queue.length > 9', 'enter')
  top.pass(1)
  assert.deepEqual(order(), ['2'])
  top.type('/', 'ctrl-u', ...'a{', 'enter')
  assert.match(top.lines().at(-1) ?? '', /Invalid filter/)
  top.type('escape')
  assert.deepEqual(order(), ['3', '1', '2'])
  top.type('down', 'f')
  assert.match(top.text(), /shop +▸ +● 2 live .* 100 % +153M/)
  top.type('enter')
  assert.deepEqual(order(), ['3', '1', '2'])
  top.type('F')
  assert.equal(top.lines().filter((line) => line.includes('▸')).length, 2)
})

test('paused, nothing moves and the title says so; left and right look back over the last minutes', () => {
  const top = drive((seconds) => [
    page(1, {}, observed(0.1 * seconds, 10)),
    page(2, {}, observed(seconds < 8 ? 0 : 0.8 * (seconds - 8), 10)),
  ])
  top.pass(8)
  top.type('s', ' ')
  const before = top.text()
  assert.match(before, /PAUSED/)
  top.pass(5)
  const body = (text: string): string => text.split('\n').slice(1).join('\n')
  assert.equal(body(top.text()), body(before))
  assert.match(top.text(), /PAUSED 5\.0s back/)
  top.type(' ')
  assert.doesNotMatch(top.text(), /PAUSED/)
  assert.match(top.lines()[2] ?? '', /:2 +● live/)
  top.type('left', 'left')
  assert.match(top.text(), /PAUSED 2\.0s back/)
  top.type('right', 'right', 'right')
  assert.doesNotMatch(top.text(), /PAUSED/)
  top.type(...Array(20).fill('['))
  assert.match(top.text(), /Nothing is remembered from before/)
  top.type('end')
  assert.doesNotMatch(top.text(), /PAUSED/)
})

test('what distributions said of the last minute holds while only numbers are read', () => {
  const { registry, advance, publish } = createTestRegistry()
  const late = registry.histogram('nodejs.eventloop.delay', { unit: 's' })
  const duration = registry.timer('http.server.request.duration', { labels: ['http_response_status_code'] })
  const published = publish({ app: 'shop' })
  for (let i = 0; i < 60; i++) {
    late.record(1.5)
    duration.labels({ http_response_status_code: i % 4 === 0 ? 500 : 200 }).record(0.2)
    advance(1)
  }
  let isComplete = true
  const top = drive(() => {
    const { families, ...rest } = published.read()
    return [{ ...rest, pages: page(4711).pages, families: isComplete ? families : [] }]
  })
  top.pass(1)
  const line = /4711 +✖ live .* 1\.5 s .* (199|20\d) ms +(199|20\d) ms /
  assert.match(top.text(120), line)
  assert.match(top.text(120), /event loop late by 1\.5\d s/)
  isComplete = false
  top.source.complete = new Set()
  top.pass(3)
  assert.match(top.text(120), line)
  assert.match(top.text(120), /event loop late by 1\.5\d s/)
  top.source.complete = new Set(['/pages/shop-4711.page'])
  top.pass(1)
  assert.match(top.text(120), /4711 +● live /)
  assert.doesNotMatch(top.text(120), /event loop late| ms /)
})

test('a process opens into its metrics, one metric into a chart, a distribution into bars', async () => {
  const { registry, advance, publish } = createTestRegistry()
  const jobs = registry.counter('jobs.done', { help: 'Jobs that are done', labels: ['type'] })
  const latency = registry.timer('jobs.latency', { help: 'Time of a job' })
  const published = publish({ app: 'shop' })
  const top = drive(() => {
    jobs.labels({ type: 'mail' }).add(10)
    jobs.labels({ type: 'print' }).add(2)
    for (let i = 1; i <= 100; i++) latency.record(i / 1000)
    advance(1)
    return [{ ...published.read(), pages: [{ ...page(4711).pages[0] }] } as ReturnType<typeof page>]
  })
  top.pass(2)
  top.type('enter')
  top.pass(4)
  const opened = top.text()
  assert.match(opened, /shop 4711 +● live/)
  assert.match(opened, /jobs\.done ×2 +12\/s +.*[▁▂▃▄▅▆▇█]/)
  assert.match(opened, /jobs\.latency +100\/s +(49|50)\.\d ms +9\d\.\d ms/)
  top.type('enter')
  assert.match(top.text(), /jobs\.done +counter\n Jobs that are done/)
  assert.match(top.text(), /● type=mail +10\/s/)
  assert.match(top.text(), /[\u2801-\u28ff]/)
  top.type('down')
  assert.match(top.text(), /● p50 of a minute +(49|50)\.\d ms\n ● p99 of a minute +9\d\.\d ms/)
  top.type('tab')
  assert.match(top.text(), /values in the last minute/)
  assert.match(top.text(), /ms – .* ms +\d+ █+/)
  top.type('escape', 'escape')
  assert.match(top.lines()[1] ?? '', /APP +PROCESS/)
})

test('workers are compared side by side, and the odd one out is marked', () => {
  const top = drive((seconds) =>
    [1, 2, 3, 4].map((pid) =>
      page(pid, {}, [gauge('queue.length', pid === 3 ? 40 : 10), counter('jobs.done', 5 * seconds)]),
    ),
  )
  top.pass(1)
  top.type('c')
  top.pass(4)
  assert.match(top.text(), /shop: 4 workers side by side/)
  assert.match(top.text(), /queue\.length +10 +10 +▲ 40 +10/)
  assert.match(top.text(), /jobs\.done( +5\/s){4}/)
})

test('workers are compared by the time that they were busy, not by all the time that passed', () => {
  const time = (seconds: number, share: number): FamilySnapshot => ({
    ...counter('nodejs.eventloop.time', 0),
    kind: 'counter',
    unit: 's',
    labelNames: ['state'],
    series: [
      { labels: { state: 'active' }, value: share * seconds },
      { labels: { state: 'idle' }, value: (1 - share) * seconds },
    ],
  })
  const top = drive((seconds) => [1, 2].map((pid) => page(pid, {}, [time(seconds, pid / 4)])))
  top.pass(1)
  top.type('c')
  top.pass(4)
  assert.match(top.text(), /nodejs\.eventloop\.time active +25 % +50 %/)
  assert.match(top.text(), /nodejs\.eventloop\.time idle +75 % +50 %/)
  assert.doesNotMatch(top.text(), / 100 %/)
})

test('a note has a line of its own, below what is wrong with the chosen process and what marks mean', () => {
  const note = 'Dashboard: http://127.0.0.1:46621/'
  const noted = drive(twoApps, { note: () => note })
  noted.pass(6)
  noted.type('down', 'down')
  const below = (): string[] => noted.lines().slice(-3, -1)
  const [finding, ...rest] = below()
  assert.match(finding ?? '', /^ ✖ shop elsewhere:8775: event loop blocked for 4\.2s/)
  assert.deepEqual(rest, [` ${note}`])
  noted.type('c')
  assert.match(below()[0] ?? '', /^ ▲ over 2 times the middle .* reads$/)
  assert.equal(below()[1], ` ${note}`)
})

test('a worker alone has none to be compared with', () => {
  const top = drive((seconds) => [page(1, {}, [counter('jobs.done', 5 * seconds)])])
  top.pass(1)
  top.type('c')
  assert.match(top.text(), /shop: one worker, and none to compare it with/)
})

test('workers that have ended are not compared, and metrics stand in the order of the worker that has most', () => {
  const top = drive((seconds) => [
    page(1, {}, [counter('process.cpu.time', seconds)]),
    page(2, {}, [counter('jobs.done', 5 * seconds), counter('process.cpu.time', seconds)]),
    page(3, { state: 'killed', heartbeatAge: 9 }, [counter('jobs.done', 5)]),
  ])
  top.pass(1)
  top.type('c')
  top.pass(4)
  const [, title, head, first, second] = top.lines()
  assert.match(title ?? '', /shop: 2 workers side by side/)
  assert.match(head ?? '', /METRIC +● 1 +● 2$/)
  assert.match(first ?? '', /jobs\.done +- +5\/s/)
  assert.match(second ?? '', /process\.cpu\.time +1\/s +1\/s/)
})

test('what was opened has no rates before a second has passed, as processes measure themselves once a second', () => {
  const top = drive((seconds) => [page(1, {}, [counter('jobs.done', 5 * seconds)])])
  top.pass(3)
  const { source } = top
  const next = source.next.bind(source)
  let ahead = 0
  source.next = (wanted) => ({ ...next(wanted), now: 1000 + ahead })
  const shown = (): string => top.lines().find((line) => line.includes('jobs.done')) ?? ''
  top.type('enter')
  ahead = 0.2
  top.pass(1)
  assert.match(shown(), /jobs\.done +-/)
  ahead = 1
  top.pass(1)
  assert.match(shown(), /jobs\.done +\d+\/s/)
})

test('every view fits every size, and a page that vanishes or a clock that jumps takes nothing down', async () => {
  const pages = (seconds: number): ReturnType<FakePages['read']> => (seconds % 7 === 0 ? [] : twoApps(seconds))
  const top = drive(pages)
  for (const [columns, rows] of [
    [80, 24],
    [200, 60],
    [40, 10],
    [10, 3],
    [1, 1],
  ] as const) {
    const emulator = new Emulator(Math.max(2, columns), rows)
    for (const keys of [
      [],
      ['enter'],
      ['enter'],
      ['tab'],
      ['escape', 'escape', 'c'],
      ['escape', '?'],
      ['escape', '/', 'x'],
      ['escape'],
    ]) {
      top.type(...keys)
      top.pass(3)
      top.source.time += top.source.seconds % 2 === 0 ? 86_400 : -86_400
      const screen = top.app.drawOn(new Screen(Math.max(2, columns), rows))
      await emulator.show(screen)
      assert.deepEqual(emulator.lines(), screen.lines())
    }
  }
})

test('where reads are far apart, rates are those between two of them', () => {
  const top = drive((seconds) => [page(8217, {}, observed(30 * seconds, 600 * seconds))])
  top.pass(1)
  const { next } = top.source
  top.source.next = (wanted) => {
    const moment = next.call(top.source, wanted)
    return { ...moment, time: begin + 60 * top.source.seconds, now: 1000 + 60 * top.source.seconds }
  }
  top.pass(2)
  assert.match(top.text(160), / elsewhere:8217 .* 50 % .* 30 % +10 /)
})

test('at 80 columns the most important numbers stay', () => {
  const top = drive(twoApps)
  top.pass(6)
  const lines = top.lines(80, 24)
  assert.ok(lines.every((line) => line.length <= 80))
  assert.match(
    lines[1] ?? '',
    /APP +PROCESS +STATE +UP +CPU +RSS +LOOP p99 +REQ\/S|APP +PROCESS +STATE +CPU +RSS +LOOP p99 +REQ\/S/,
  )
})

test('at 80 columns states and names of processes are whole, however long ago it was and however long they are', () => {
  const top = drive(() => [
    page(4194301, { tid: 12, worker: '16' }, observed(1, 10)),
    page(8213, { state: 'killed', heartbeatAge: 598 }, observed(1, 10)),
    page(8214, { state: 'exited', heartbeatAge: 0, endedAt: begin - 86_000 }, observed(1, 10)),
  ])
  top.pass(2)
  const text = top.text(80)
  assert.match(text, /▲ killed 9m5\ds ago /)
  assert.match(text, /○ exited 23h53m ago /)
  assert.match(text, / elsewhere:4194301\/12 #16 /)
  assert.match(text, /STATE .* CPU .*REQ\/S/)
})

test('200 processes scroll, and 20,000 series of one page are read in time and shown in part', () => {
  const series = Array.from({ length: 20_000 }, (_, i) => ({ labels: { item: String(i) }, value: i }))
  const large = { ...counter('items.sold', 0), labelNames: ['item'], series } as ReturnType<typeof counter>
  const many = Array.from({ length: 200 }, (_, i) => page(1000 + i, {}, i === 0 ? [large] : observed(1, 1)))
  const top = drive(() => many)
  top.pass(2)
  top.type('end', ...Array(250).fill('down'))
  assert.match(top.text(), /:1199 /)
  top.type('home', 'enter')
  top.pass(3)
  assert.match(top.text(), /items\.sold ×20000/)
  top.type('enter')
  assert.match(top.text(), /… and \d+ more series/)
})

test('the mouse chooses a line and opens it with a second press; the wheel moves', () => {
  const top = drive(twoApps)
  top.pass(3)
  top.lines()
  top.app.input({ mouse: 'left', x: 5, y: 3 })
  assert.match(top.app.state.selected.list ?? '', /8217/)
  top.app.input({ mouse: 'wheelDown', x: 5, y: 3 })
  assert.match(top.app.state.selected.list ?? '', /8775/)
  top.app.input({ mouse: 'left', x: 5, y: 4 })
  top.pass(1)
  assert.match(top.text(), /shop 8775 +✖ blocked/)
})

test('hostile names and labels only ever are text', async () => {
  const evil = '\u001b[2J\u202e<script>'.repeat(500)
  const top = drive((seconds) => [
    page(1, { app: evil, file: evil, worker: evil }, [
      counter('a.b', seconds, { route: evil }),
      { ...gauge('c.d', 1), help: evil } as ReturnType<typeof gauge>,
    ]),
  ])
  const emulator = new Emulator(100, 24)
  top.pass(2)
  for (const keys of [[], ['enter'], ['enter'], ['escape', 'escape', 'c']]) {
    top.type(...keys)
    top.pass(2)
    const painted = await emulator.show(top.app.drawOn(new Screen(100, 24)))
    assert.ok(!/[\p{Cc}\p{Cf}]/u.test(withoutSequences(painted)))
    assert.match(emulator.lines()[0] ?? '', /plimsoll top/)
  }
})

test('where nothing is published, the reason stands in the list', () => {
  const top = drive(() => [])
  top.pass(1)
  assert.match(top.text(), /nobody publishes/)
  assert.ok(begin > 0)
  const words = Array.from({ length: 30 }, (_, i) => `word${i}`).join(' ')
  const long = drive(() => [], { empty: () => words })
  long.pass(1)
  const text = long
    .lines(40)
    .slice(2, -1)
    .map((line) => line.trim())
    .join(' ')
  assert.equal(text.trim(), words)
})
