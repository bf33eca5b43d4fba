import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { publish, Registry } from 'plimsoll'
import { fleet } from 'plimsoll/fleet'
import type { Result } from '#src/cli/result.ts'
import { run } from '#src/cli/run.ts'
import { alignColumns, type Column } from '#src/cli/view/columns.ts'
import { systemClock } from '#src/clock.ts'
import { flushOwn } from '#src/page/own-pages.ts'
import { laterClock, newWriter } from '../fleet/pages.ts'
import { main } from '../support/command.ts'
import { isWritten } from '../support/written.ts'
import { newFolder, plimsoll, publisher, terminal } from './processes.ts'

/** Lists a folder as JSON, without what depends on the moment. */
async function list(folder: string) {
  const { status, stdout, stderr } = await plimsoll('ls', '--json', '--dir', folder)
  const pages: Record<string, unknown>[] = JSON.parse(stdout)
  const stable = pages.map(({ startedAt, uptime, heartbeatAge, ...rest }) => {
    assert.ok([startedAt, uptime, heartbeatAge].every((value) => typeof value === 'number' && value >= 0))
    return rest
  })
  return { status, stderr, pages: stable }
}

test('ls tells of live and killed processes and of threads, by app, process and thread', async (t) => {
  const folder = newFolder(t)
  const shop = await publisher(t, folder, 'shop', 'count 1', 'thread')
  const mail = await publisher(t, folder, 'mail')
  await mail.kill()
  const { status, stderr, pages } = await list(folder)
  assert.deepEqual({ status, stderr }, { status: 0, stderr: '' })
  const page = { host: hostname(), state: 'live', endedAt: null, ...(isWritten && { written: 'chosen' }) }
  const [first, second, third] = pages
  assert.deepEqual(pages, [
    {
      ...page,
      pid: mail.pid,
      tid: 0,
      app: 'mail',
      state: 'killed',
      series: first?.series,
      findings: first?.findings,
      file: mail.file,
    },
    { ...page, pid: shop.pid, tid: 0, app: 'shop', series: second?.series, file: shop.file },
    { ...page, pid: shop.pid, tid: 1, app: 'shop', series: third?.series, file: third?.file },
  ])
})

test('ls in a pipe has a head, one line a page and its whole path', async (t) => {
  const folder = newFolder(t)
  const { pid, file } = await publisher(t, folder, 'shop')
  const { status, stdout, stderr } = await plimsoll('ls', '--dir', folder)
  const [head = '', line = '', ...rest] = stdout.split('\n')
  const fields = line.trim().split(/ +/)
  const [shownPid, tid, app, state] = fields
  const path = fields.at(-1)
  const usual = ['PID', 'TID', 'APP', 'STATE', 'UPTIME', 'SERIES', 'BEAT', ...(isWritten ? ['WRITTEN'] : []), 'FILE']
  assert.deepEqual(head.trim().split(/ +/), usual)
  assert.deepEqual(
    { shownPid, tid, app, state, path },
    { shownPid: `${pid}`, tid: '0', app: 'shop', state: 'live', path: file },
  )
  assert.deepEqual({ status, stderr, rest }, { status: 0, stderr: '', rest: [''] })
})

test('a directory without pages is no failure: ls names it and says what to do', async (t) => {
  const folder = newFolder(t)
  const advice =
    'Call publish() in your app, or start it with "plimsoll run -- node app.js"; if it writes to another directory, give that with --dir or PLIMSOLL_DIR.'
  const stderr = `plimsoll: nobody publishes in ${folder}. ${advice}\n`
  assert.deepEqual(await plimsoll('ls', '--dir', folder), { status: 0, stdout: '', stderr })
  assert.deepEqual(await plimsoll('show', '--dir', folder), { status: 0, stdout: '', stderr })
  assert.deepEqual(await plimsoll('poll', '--dir', folder), { status: 0, stdout: '', stderr })
  const missing = join(folder, 'missing')
  assert.deepEqual(await plimsoll('ls', '--dir', missing, '--json'), {
    status: 0,
    stdout: '[]\n',
    stderr: `plimsoll: nobody publishes in ${missing}, which does not exist yet. ${advice}\n`,
  })
})

test('ls of an app or process lists these alone, and ends with what to do about them', async (t) => {
  const folder = newFolder(t)
  const shop = await publisher(t, folder, 'shop')
  const mail = await publisher(t, folder, 'mail')
  const onTerminal = async (...words: string[]): Promise<string> =>
    ((await run(['ls', ...words, '--dir', folder], { ...terminal, columns: 120 })) as Result).text
  assert.match(
    await onTerminal('shop'),
    new RegExp(`^shop +${shop.pid} .*\\n\\n1 live .*\\nplimsoll show shop: its metrics\\.\\n$`, 'm'),
  )
  assert.doesNotMatch(await onTerminal('shop'), /mail/)
  assert.match(await onTerminal(`${mail.pid}`), /^mail /m)
  assert.match(await onTerminal('mail', 'shop'), /\nplimsoll show mail shop: their metrics\.\n$/)
  assert.deepEqual(
    JSON.parse((await plimsoll('ls', 'mail', '--json', '--dir', folder)).stdout).map(({ pid }: { pid: number }) => pid),
    [mail.pid],
  )
  const unknown = await plimsoll('ls', 'shpo', '--dir', folder)
  assert.deepEqual([unknown.status, unknown.stdout], [1, ''])
  assert.match(unknown.stderr, /No app, process or page "shpo" found in .*\. Did you mean "shop"\?/)
  newWriter(t, folder, 1, { app: '@acme/bank' })
  for (const near of ['bank', 'bnak', '@acme/bnak'])
    assert.match((await plimsoll('ls', near, '--dir', folder)).stderr, /Did you mean "@acme\/bank"\?/)
  await shop.kill()
  assert.match(
    await onTerminal('shop'),
    new RegExp(`\\nplimsoll show ${shop.pid}: what it was doing\\.\\nplimsoll show shop: its metrics\\.\\n$`),
  )
})

test('columns of the last minute say so: above them on a terminal, in their heads in a pipe', async (t) => {
  const folder = newFolder(t)
  const { file, registry } = newWriter(t, folder)
  const duration = registry.timer('http.server.request.duration')
  const lines = async (columns: number | undefined): Promise<string[]> => {
    duration.record(0.1)
    flushOwn(file)
    return ((await run(['ls', '--dir', folder], { ...terminal, columns })) as Result).text.split('\n')
  }
  while (!(await lines(100))[1]?.includes('REQ/S')) await delay(50)
  const [above = '', head = ''] = await lines(100)
  assert.match(head, /^APP .* UP +REQ\/S +P99/)
  assert.equal(above.indexOf('last minute'), head.search(/ *REQ\/S/) + 2)
  assert.match((await lines(undefined))[0] ?? '', / REQ\/S 1m +P99 1m /)
})

test('of each app those that live stand first', async (t) => {
  const folder = newFolder(t)
  const killed = await publisher(t, folder, 'shop')
  await killed.kill()
  const { pid } = await publisher(t, folder, 'shop')
  const other = await publisher(t, folder, 'tally')
  assert.deepEqual(
    (await list(folder)).pages.map((page) => page.pid),
    [pid, killed.pid, other.pid],
  )
})

test('files that are no pages are told on stderr, one line each, and hide no page', async (t) => {
  const folder = newFolder(t)
  const { pid } = await publisher(t, folder, 'shop')
  writeFileSync(join(folder, 'a.page'), 'something else, '.repeat(500))
  mkdirSync(join(folder, 'b.page'))
  spawnSync('mkfifo', [join(folder, 'c.page')])
  symlinkSync('/etc/passwd', join(folder, 'd.page'))
  const { status, stderr, pages } = await list(folder)
  assert.deepEqual(
    pages.map((page) => page.pid),
    [pid],
  )
  const lines = stderr
    .trimEnd()
    .split('\n')
    .map((line) => line.replaceAll(folder, 'DIR').replace(/(:) (Check|Use).*|[.] (Check|Use).*/, '.'))
  assert.deepEqual(
    { status, lines },
    {
      status: 1,
      lines: [
        'plimsoll: PLIMSOLL_PAGE_UNKNOWN The file DIR/a.page is not a page: it begins with "something else, ".',
        'plimsoll: PLIMSOLL_PAGE_UNREADABLE Cannot read page DIR/b.page: it is not a regular file.',
        'plimsoll: PLIMSOLL_PAGE_UNREADABLE Cannot read page DIR/c.page: it is not a regular file.',
        'plimsoll: PLIMSOLL_PAGE_UNREADABLE Cannot read page DIR/d.page: it is a link.',
      ],
    },
  )
})

test('a process in an endless loop is read without waiting, and shown as blocked after three seconds', async (t) => {
  const folder = newFolder(t)
  const shop = await publisher(t, folder, 'shop', 'count 7')
  await shop.order('block')
  const shown = await plimsoll('show', '--dir', folder, '--filter', 'http.requests')
  assert.match(shown.stdout, /route=\/cart status=200 {2}7\n/)
  const later = { ...systemClock, unixTime: () => systemClock.unixTime() + 4 }
  const { text } = (await run(['ls', '--dir', folder], { ...terminal, columns: 120, clock: later })) as Result
  assert.match(text, new RegExp(`^shop +${shop.pid} +✖ blocked [\\d.]+s +[\\d.]+s `, 'm'))
  assert.match(text, new RegExp(`\n\n1 blocked in .*\nplimsoll stack ${shop.pid}: the calls that it is in\\.\n$`))
})

test('a narrow terminal shows what matters, in lines that fit, and no escape sequence of an app', async (t) => {
  const folder = newFolder(t)
  const width = 60
  await publisher(t, folder, 'a name \u001b[31mthat is\n longer than the terminal has any room for', 'count 1')
  const { text, exitCode } = (await run(['ls', '--dir', folder], { ...terminal, columns: width })) as Result
  const [head = '', line = ''] = text.split('\n')
  assert.deepEqual(head.trim().split(/ +/).slice(0, 4), ['APP', 'PROCESS', 'STATE', 'UP'])
  assert.match(line, /^a name \ufffd\[31mtha/)
  assert.equal(text.includes('\u001b'), false)
  assert.ok(line.length <= width)
  assert.equal(exitCode, 0)
})

test('on a narrow terminal names become short, then numbers of load are left out, and states and processes are whole', async (t) => {
  const column = (head: string, cell: string, more: Partial<Column<null>> = {}): Column<null> => ({
    head,
    align: 'left',
    cell: () => cell,
    ...more,
  })
  const number = { align: 'right', leftOut: 'late' } as const
  const columns = [
    column('APP', 'checkout-service'),
    column('PROCESS', '4194301/12', { isCutLast: true }),
    column('STATE', '▲ killed 9m58s ago', { isCutLast: true }),
    column('RSS', '81.5 MiB', number),
    column('P99', '12.3 ms', number),
    column('FILE', 'checkout-service-4194301.page', { leftOut: 'early' }),
  ]
  const shown = (width: number) => alignColumns(columns, [null], width).lines[0]
  assert.equal(shown(70), 'checkout-service  4194301/12  ▲ killed 9m58s ago  81.5 MiB  12.3 ms')
  assert.equal(shown(61), 'checkout-…  4194301/12  ▲ killed 9m58s ago  81.5 MiB  12.3 ms')
  assert.equal(shown(58), 'checkout-service  4194301/12  ▲ killed 9m58s ago  81.5 MiB')
  assert.equal(shown(41), 'checkout…  4194301/12  ▲ killed 9m58s ago')
  assert.equal(shown(30), 'che…  4194301/12  ▲ killed 9m…')

  const folder = newFolder(t)
  newWriter(t, folder, 1, { app: 'checkout-service' }).end()
  const context = { ...terminal, columns: 50, clock: laterClock(598) }
  const { text } = (await run(['ls', '--dir', folder], context)) as Result
  assert.match(text, new RegExp(`\nche.*… +${process.pid}\\S* +○ exited 9m5\\ds ago `))
})

test('no escape sequence in the name of a directory reaches a terminal', async (t) => {
  const folder = join(newFolder(t), '\u001b[31mred')
  mkdirSync(folder, { mode: 0o700 })
  await publisher(t, folder, 'shop')
  const list = (await run(['ls', '--dir', folder], terminal)) as Result
  const cleaned = (await run(['clean', '--dry-run', '--dir', folder], terminal)) as Result
  assert.match(list.text, /\ufffd\[31mred\nplimsoll show shop: its metrics\.\n$/)
  assert.match(cleaned.text, /\ufffd\[31mred\n$/)
  assert.equal(`${list.text}${cleaned.text}`.includes('\u001b'), false)
})

test('a wrong word, option or value exits with code 2 and suggests a similar word', async () => {
  const unknown = (what: string, given: string, command: string, nearest?: string): string => {
    const suggestion = nearest === undefined ? '' : `Did you mean "${nearest}"? `
    return `plimsoll: PLIMSOLL_ARGUMENT_UNKNOWN Unknown ${what} "${given}" for ${command}. ${suggestion}Run "${command} --help" for usage.\n`
  }
  const wrong = (stderr: string) => ({ status: 2, stdout: '', stderr })
  assert.deepEqual(await plimsoll('pol'), wrong(unknown('command', 'pol', 'plimsoll', 'poll')))
  assert.deepEqual(await plimsoll('help', 'pol'), wrong(unknown('command', 'pol', 'plimsoll', 'poll')))
  assert.deepEqual(await plimsoll('constructor'), wrong(unknown('command', 'constructor', 'plimsoll')))
  assert.deepEqual(
    await plimsoll('show', '--prometeus'),
    wrong(unknown('option', '--prometeus', 'plimsoll show', '--prometheus')),
  )
  for (const given of ['--app', '--pid'])
    assert.match(
      (await plimsoll('poll', given, 'shop')).stderr,
      new RegExp(
        `Unknown option "${given}" .*\\. Apps and processes are named without an option: "plimsoll poll shop"\\.`,
      ),
    )
  assert.deepEqual(await plimsoll('clean', '--dry'), wrong(unknown('option', '--dry', 'plimsoll clean', '--dry-run')))
  assert.deepEqual(await plimsoll('clean', 'shop'), wrong(unknown('argument', 'shop', 'plimsoll clean')))
  const option = (option: string, where: string, given: string, expected: string): string =>
    `plimsoll: PLIMSOLL_OPTION_INVALID Invalid ${option} for ${where}: ${given}. Expected ${expected}.\n`
  assert.deepEqual(await plimsoll('ls', '--dir'), wrong(option('--dir', 'plimsoll ls', 'no value', 'a value after it')))
  assert.deepEqual(
    await plimsoll('ls', '--dir', '--json'),
    wrong(option('--dir', 'plimsoll ls', 'no value', 'a value after it')),
  )
  assert.deepEqual(await plimsoll('ls', '--json=yes'), wrong(option('--json', 'plimsoll ls', 'yes', 'no value')))
  assert.deepEqual(
    await plimsoll('poll', '--interval', 'x'),
    wrong(option('--interval', 'plimsoll poll', 'x', 'a time from 0.05 to 86400 s, such as 5, 500ms or 2m')),
  )
  assert.equal((await plimsoll()).status, 2)
})

test('help and version go to stdout with code 0, and every command has examples', async () => {
  for (const command of ['ls', 'show', 'poll', 'compare', 'scrape', 'clean']) {
    const { status, stdout, stderr } = await plimsoll(command, '--help')
    assert.deepEqual({ status, stderr }, { status: 0, stderr: '' })
    assert.match(
      stdout,
      new RegExp(`^plimsoll ${command}: .*\\n\\nUsage: plimsoll ${command} .*Examples:\\n  plimsoll ${command}`, 's'),
    )
    assert.deepEqual((await plimsoll('help', command)).stdout, stdout)
    assert.deepEqual(
      stdout.split('\n').filter((line) => line.length > 80),
      [],
    )
  }
  // In a process: it loads nothing else.
  assert.match(execFileSync(process.execPath, [main, '--version'], { encoding: 'utf8' }), /^\d+\.\d+\.\d+\n$/)
  assert.deepEqual(await plimsoll('-h'), await plimsoll('help'))
})

test('where locks cannot be asked for, a page that was closed in good order has exited at once', (t) => {
  const folder = newFolder(t)
  publish({ dir: folder, app: 'shop', registry: new Registry() }).close()
  // A copy of the package that has no koffi next to it.
  const copy = newFolder(t)
  cpSync(join(main, '../..'), join(copy, 'dist'), { recursive: true })
  writeFileSync(join(copy, 'package.json'), '{ "type": "module" }')
  const ls = [join(copy, 'dist/cli', basename(main)), 'ls', '--json', '--dir', folder]
  const { stdout } = spawnSync(process.execPath, ls, { encoding: 'utf8' })
  assert.deepEqual(
    JSON.parse(stdout).map(({ app, state }: { app: string; state: string }) => ({ app, state })),
    [{ app: 'shop', state: 'exited' }],
  )
})

test('on a terminal an app shows the pages that ended last, archived or not, and tells of the others', async (t) => {
  const folder = newFolder(t)
  const files = Array.from({ length: 8 }, () => {
    const { file, end } = newWriter(t, folder)
    end()
    return basename(file)
  })
  const listed = async (...words: string[]): Promise<string[]> => {
    const { text } = (await run(['ls', '--dir', folder, ...words], { ...terminal, columns: 200 })) as Result
    return text.split('\n').filter((line) => line.includes('.page'))
  }
  assert.equal((await listed()).length, 5)
  fleet('shop', { dir: folder, clock: laterClock() }).compact()
  assert.equal((await listed()).length, 5)
  assert.match(
    ((await run(['ls', '--dir', folder], { ...terminal, columns: 200 })) as Result).text,
    /\n\n8 exited in .*; 3 that ended before are not listed, --all lists them\nplimsoll show shop: its metrics\.\n$/,
  )
  const all = await listed('--all')
  assert.deepEqual(
    files.filter((file) => !all.some((line) => line.includes(file))),
    [],
  )
  assert.equal((await list(folder)).pages.length, 8)
})
