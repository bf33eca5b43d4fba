import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { type TestContext, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { newWriter } from '../../fleet/pages.ts'
import { main } from '../../support/command.ts'
import { needsPackage } from '../../support/debian.ts'
import { newFolder, plimsoll, publisher } from '../processes.ts'

const tmux = needsPackage('tmux', 'tmux')
const options = 'path' in tmux ? {} : { skip: tmux.missing }

/** A terminal with a shell, in a server of tmux of its own. */
class Terminal {
  readonly #run: (...args: string[]) => string

  constructor(t: TestContext, columns: number, rows: number) {
    const server = `plimsoll-top-${process.pid}`
    const program = 'path' in tmux ? tmux.path : ''
    this.#run = (...args) =>
      execFileSync(program, ['-u', '-f', '/dev/null', '-L', server, ...args], { encoding: 'utf8' })
    const shell = ['env', '-u', 'NO_COLOR', 'PS1=ready$ ', 'TERM=screen-256color', 'bash', '--noprofile', '--norc']
    this.#run('new-session', '-d', '-x', String(columns), '-y', String(rows), ...shell)
    t.after(() => this.#run('kill-server'))
  }

  type(...keys: string[]): void {
    this.#run('send-keys', ...keys)
  }

  command(text: string): void {
    this.#run('send-keys', '-l', text)
    this.#run('send-keys', 'Enter')
  }

  resize(columns: number, rows: number): void {
    this.#run('resize-window', '-x', String(columns), '-y', String(rows))
  }

  screen(...flags: string[]): string {
    return this.#run('capture-pane', '-p', ...flags)
  }

  /** Waits until the screen shows it. */
  async shows(wanted: RegExp, ...flags: string[]): Promise<string> {
    for (let more = 400; ; more--) {
      const screen = this.screen(...flags)
      if (wanted.test(screen)) return screen
      assert.ok(more > 0, `${wanted} in\n${screen}`)
      await delay(50)
    }
  }

  /** What the terminal is set to: the cursor, the mouse, the other screen. */
  modes(): string {
    return this.#run('display-message', '-p', '#{cursor_flag} #{mouse_any_flag} #{alternate_on} #{wrap_flag}').trim()
  }

  /** Process ids below that of the shell. */
  pid(): number {
    const shell = this.#run('display-message', '-p', '#{pane_pid}').trim()
    return Number(execFileSync('pgrep', ['-P', shell], { encoding: 'utf8' }).trim())
  }
}

const own = '0 1 1 0'
const given = '1 0 0 1'

test(
  'top takes the terminal and gives it back: on q, when suspended, on SIGTERM and when it crashes',
  options,
  async (t) => {
    const folder = newFolder(t)
    const shop = await publisher(t, folder, 'shop', 'count 5')
    const terminal = new Terminal(t, 80, 24)
    await terminal.shows(/ready\$/)
    const start = `node ${main} top --interval 0.3 --dir ${folder}`
    terminal.command(start)
    await terminal.shows(new RegExp(`shop +${shop.pid} +● live`))
    assert.equal(terminal.modes(), own)
    assert.ok(terminal.screen('-e').includes('\u001b['))

    terminal.resize(160, 20)
    await terminal.shows(/UTIL +REQ\/S +P50/)
    terminal.resize(80, 24)

    terminal.type('C-z')
    await terminal.shows(/Stopped/)
    assert.equal(terminal.modes(), given)
    terminal.command('echo echoed $((40 + 2))')
    await terminal.shows(/echoed 42/)
    terminal.command('fg')
    await terminal.shows(/plimsoll top .*1 live/)
    assert.equal(terminal.modes(), own)
    terminal.type('Enter')
    await terminal.shows(/http\.requests/)

    terminal.type('q')
    await terminal.shows(/ready\$\s*$/)
    assert.equal(terminal.modes(), given)
    assert.doesNotMatch(terminal.screen(), /APP +PROCESS/)

    terminal.command(start)
    await terminal.shows(/1 live/)
    process.kill(terminal.pid(), 'SIGTERM')
    await terminal.shows(/ready\$\s*$/)
    assert.equal(terminal.modes(), given)

    const crash = `data:text/javascript,process.on('SIGUSR2',()=>{throw Error('crashed')})`
    terminal.command(`node --import "${crash}" ${main} top --dir ${folder}`)
    await terminal.shows(/1 live/)
    process.kill(terminal.pid(), 'SIGUSR2')
    await terminal.shows(/Error: crashed/)
    assert.equal(terminal.modes(), given)
  },
)

test('top --once has the errors of the time between its two reads', async (t) => {
  const dir = newFolder(t)
  const { registry } = newWriter(t, dir)
  const duration = registry.timer('http.server.request.duration', { labels: ['http_response_status_code'] })
  const failed = duration.labels({ http_response_status_code: 500 })
  failed.record(0.1)
  const printed = plimsoll('top', '--once', '--interval', '1', '--dir', dir)
  const failing = setInterval(() => failed.record(0.1), 50)
  const { stdout } = await printed.finally(() => clearInterval(failing))
  const [, head = '', line = ''] = stdout.split('\n')
  const under = (name: string): string =>
    line
      .slice(0, head.indexOf(name) + name.length)
      .split(' ')
      .at(-1) ?? ''
  assert.ok(Number(under('REQ/S')) > 1, stdout)
  assert.equal(under('ERR/S'), under('REQ/S'))
})

test('without a terminal, top says what to use instead; --once prints one screen', async (t) => {
  const folder = newFolder(t)
  const shop = await publisher(t, folder, 'shop', 'count 5')
  const { status, stdout, stderr } = await plimsoll('top', '--dir', folder)
  assert.deepEqual({ status, stdout }, { status: 2, stdout: '' })
  assert.match(
    stderr,
    /PLIMSOLL_TERMINAL_REQUIRED plimsoll top needs a terminal.*"plimsoll ls", "plimsoll poll".*--once/,
  )
  const once = await plimsoll('top', '--once', '--interval', '0.2', '--dir', folder)
  assert.equal(once.status, 0)
  assert.match(once.stdout, /1 app: 1 live/)
  assert.match(once.stdout, new RegExp(`shop +${shop.pid} +● live`))
  assert.ok(!once.stdout.includes('\u001b'))
  const missing = await plimsoll('top', 'shpo', '--once', '--interval', '0.2', '--dir', folder)
  assert.equal(missing.status, 1)
  assert.match(missing.stdout, /^ plimsoll top {2}0 apps {2}▲ not found: shpo /)
  assert.match(missing.stdout, /No app, process or page "shpo" found in \S+ Did you mean "shop"\?/)
  const one = await plimsoll('top', 'shop', 'shpo', '--once', '--interval', '0.2', '--dir', folder)
  assert.equal(one.status, 1)
  assert.match(one.stdout, /1 app: 1 live {2}▲ not found: shpo /)
  const dumb = spawnSync('script', ['-qec', `node ${main} top --dir ${folder}`, '/dev/null'], {
    env: { ...process.env, TERM: 'dumb' },
    encoding: 'utf8',
  })
  assert.match(
    dumb.stdout.replace(/\s+/g, ' '),
    /PLIMSOLL_TERMINAL_REQUIRED .* or TERM is dumb\. .*"plimsoll top --once"/,
  )
})
