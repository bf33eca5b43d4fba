import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, type TestContext, test } from 'node:test'
import { parseExposition } from './support/prometheus-parser.ts'

const scriptCommand = '/usr/bin/script'
const folder = mkdtempSync(join(tmpdir(), 'plimsoll-demo-test-'))
after(() => rmSync(folder, { recursive: true }))

interface Demo {
  readonly child: ChildProcess
  /** An empty folder, named in the environment of each of the demo's processes, and by no other's. */
  readonly temporary: string
  /** Resolves with the match once it is in the output. */
  until(text: RegExp): Promise<RegExpExecArray>
  /** Resolves with the exit code and the whole output when the demo is over. */
  over(): Promise<{ readonly code: number | null; readonly output: string }>
}

/** Starts the demo; ends it after a test that failed half-way. */
function start(t: TestContext, program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Demo {
  const temporary = mkdtempSync(join(folder, 'run-'))
  const { PATH, HOME } = process.env
  // From Node 22 on, the compiler keeps a cache in the folder for temporary files.
  const NODE_DISABLE_COMPILE_CACHE = '1'
  const child = spawn(program, args, { env: { PATH, HOME, TMPDIR: temporary, NODE_DISABLE_COMPILE_CACHE, ...env } })
  const closed = once(child, 'close')
  t.after(() => child.kill('SIGTERM'))
  let output = ''
  const collect = (text: string): void => {
    output += text
    child.emit('output')
  }
  child.stdout.setEncoding('utf8').on('data', collect)
  child.stderr.setEncoding('utf8').on('data', collect)
  return {
    child,
    temporary,
    async until(text) {
      for (let found = text.exec(output); ; found = text.exec(output)) {
        if (found !== null) return found
        const ended = await Promise.race([once(child, 'output'), closed.then(() => 'ended')])
        if (ended === 'ended') throw new Error(`The demo ended without ${text}:\n${output}`)
      }
    },
    async over() {
      const [code] = await closed
      return { code, output }
    },
  }
}

/** Processes that were started with this folder for temporary files. */
function processesOf(temporary: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`TMPDIR=${temporary}\0`)
    } catch {
      return false
    }
  })
}

function assertNothingIsLeft({ temporary }: Demo): void {
  assert.deepEqual({ files: readdirSync(temporary), processes: processesOf(temporary) }, { files: [], processes: [] })
}

/** Checks the last words of a run in which nobody was killed. */
function assertAgreement({ code, output }: { readonly code: number | null; readonly output: string }): void {
  assert.equal(code, 0, output)
  const [, last = ''] = output.split(/(?=The clients sent)/)
  const count = /[\d,]+/.exec(last)?.[0] ?? 'no number'
  assert.equal(
    last,
    `The clients sent ${count} requests and got ${count} answers.
plimsoll counted ${count}, read from 2 pages after all workers had ended.
They agree, in total and by status.
`,
  )
}

describe('The demo', { skip: process.platform !== 'linux' && 'pages need Linux' }, () => {
  test('counts what was sent, serves it as Prometheus text, ends by itself and leaves nothing behind.', async (t) => {
    const demo = start(t, process.execPath, ['scripts/demo.mjs', '--seconds', '6'])
    const [, url = ''] = await demo.until(/curl -s (\S+)/)
    await demo.until(/^ +\d+ s .* workers \d+ \d+ /m)
    const [, dashboard = ''] = await demo.until(/In a browser:\n {2}(\S+)/)
    assert.equal((await fetch(dashboard)).status, 200)
    const families = parseExposition(await (await fetch(url)).text(), 'prometheus')
    assert.deepEqual(
      families
        .filter(({ name }) => /^http_(?!server|client|in_flight)/.test(name))
        .map(({ name, type }) => `${name} ${type}`),
      ['http_latency_seconds histogram', 'http_requests_total counter', 'http_response_size_bytes histogram'],
    )
    assertAgreement(await demo.over())
    assertNothingIsLeft(demo)
  })

  test('ends at SIGINT as it does by itself, though settings of plimsoll are in its environment.', async (t) => {
    const settings = { PLIMSOLL_DIR: '/nowhere', PLIMSOLL_APP: 'other' }
    const demo = start(t, process.execPath, ['scripts/demo.mjs'], { ...settings, CI: 'true' })
    await demo.until(/^ +\d+ s /m)
    demo.child.kill('SIGINT')
    assertAgreement(await demo.over())
    assertNothingIsLeft(demo)
  })

  test('leaves no process behind when it is killed itself.', async (t) => {
    const demo = start(t, process.execPath, ['scripts/demo.mjs'])
    await demo.until(/^ +\d+ s /m)
    demo.child.kill('SIGKILL')
    await demo.over()
    const late = AbortSignal.timeout(60_000)
    while (processesOf(demo.temporary).length > 0 && !late.aborted) await new Promise((done) => setTimeout(done, 50))
    assert.deepEqual(processesOf(demo.temporary), [])
  })

  test('reports a wrong argument.', async (t) => {
    const demo = start(t, process.execPath, ['scripts/demo.mjs', '--seconds', 'soon'])
    const { code, output } = await demo.over()
    assert.deepEqual([code, output.split('\n')[0]], [2, 'Invalid --seconds "soon". Use a number from 1 to 86400.'])
  })

  test('shows top on a terminal, kills a worker, keeps its numbers, and gives the terminal back.', {
    skip: !existsSync(scriptCommand) && 'needs script(1) for a terminal',
  }, async (t) => {
    const command = `${process.execPath} scripts/demo.mjs`
    const demo = start(t, scriptCommand, ['-qefc', command, '/dev/null'], { TERM: 'xterm' })
    await demo.until(/plimsoll top/)
    await demo.until(/killed \d/)
    demo.child.stdin?.write('q')
    const { code, output } = await demo.over()
    assert.equal(code, 0, output)
    assert.match(output, /read from [23] pages after all workers had ended\./)
    assert.match(output, /They agree, in total and by status, though a worker was killed\./)
    const counts = ['\u001b[?1049h', '\u001b[?1049l'].map((text) => output.split(text).length - 1)
    assert.deepEqual(counts, [1, 1])
    assertNothingIsLeft(demo)
  })
})
