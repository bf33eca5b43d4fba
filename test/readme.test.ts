import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { publish, Registry } from 'plimsoll'

const readme = readFileSync('README.md', 'utf8')
const command = join('dist', 'cli', 'main.js')

test('The first example of the README runs as it stands, and the command shows what the README says, also after SIGKILL', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'plimsoll-readme-'))
  // Below the package, so that it finds plimsoll by name.
  const script = join('build', 'readme', 'hello.mjs')
  mkdirSync(dirname(script), { recursive: true })
  writeFileSync(script, blocks('js')[0] ?? '')
  const port = await freePort()
  const env = { ...process.env, PLIMSOLL_DIR: dir, PORT: String(port), NO_COLOR: '1' }
  const app = spawn(process.execPath, [script], { env, stdio: 'ignore' })
  try {
    const url = `http://127.0.0.1:${port}/`
    await firstAnswer(url)
    await fetch(url)
    await fetch(url)
    const show = (): string => execFileSync(process.execPath, [command, 'show', 'hello'], { env, encoding: 'utf8' })
    const [, ...expected] = (blocks('console')[0] ?? '').split('\n')
    assert.deepEqual(shape(show()), shape(expected.join('\n')))
    app.kill('SIGKILL')
    await once(app, 'exit')
    assert.deepEqual(shape(show()).slice(1), shape(expected.join('\n')).slice(1))
  } finally {
    app.kill('SIGKILL')
    rmSync(dir, { recursive: true })
    rmSync(script)
  }
})

test('The metrics endpoint of the README adds up the processes of one app, past pages that cannot be read', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'plimsoll-readme-'))
  const script = join('build', 'readme', 'metrics.mjs')
  mkdirSync(dirname(script), { recursive: true })
  writeFileSync(script, blocks('js')[1] ?? '')
  const before = process.env['PLIMSOLL_DIR']
  process.env['PLIMSOLL_DIR'] = dir
  const publications = ['shop', 'shop', 'mail'].map((app, i) => {
    const registry = new Registry()
    registry.counter('sales').add(i + 1)
    return publish({ registry, app, dir })
  })
  try {
    writeFileSync(join(dir, 'garbage.page'), 'garbage')
    const { metrics } = await import(pathToFileURL(script).href)
    const { text, failures } = metrics()
    assert.match(text, /^sales_total 3$/m)
    assert.equal(failures.length, 1)
  } finally {
    for (const publication of publications) publication.close()
    if (before === undefined) delete process.env['PLIMSOLL_DIR']
    else process.env['PLIMSOLL_DIR'] = before
    rmSync(dir, { recursive: true })
    rmSync(script)
  }
})

test('The figures of the README are those of the last full run of the benchmark', () => {
  const rows = [...readme.matchAll(/^\| ([A-Z][\w ]+) \| (.*) \|$/gm)]
  assert.equal(rows.length, 5)
  const rivals = ['plimsoll', 'prom-client', '@prometheus-io/client', '@opentelemetry/sdk-metrics']
  for (const [, title = '', figures = ''] of rows) {
    assert.deepEqual(
      figures.split(' | '),
      rivals.map((rival) => measured(title, rival)),
      title,
    )
  }
  const [, empty, bare] = /empty call took ([\d.]+) ns and a bare `[^`]+` ([\d.]+) ns/.exec(readme) ?? []
  assert.deepEqual([empty, bare], [measured('Counter', 'empty call'), measured('Counter', 'bare cell')])
  const about = (title: string, row: string, said: number): void => {
    assert.ok(Math.abs(Number(measured(title, row)) / said - 1) < 0.15, `${title}, ${row}: about ${said}`)
  }
  about('Rendering as Prometheus text', 'plimsoll', 2.4)
  about('Rendering as Prometheus text', 'prom-client', 13)
  about('Bytes of a series', 'plimsoll, counter', 190)
  about('Bytes of a series', 'plimsoll, timer', 2048)
  about('Bytes of a series', 'plimsoll, recent windows of a timer', 3072)
})

/** The first figure in the row of a table of the benchmark document that begins like this. */
function measured(title: string, row: string): string | undefined {
  const document = readFileSync(join('docs', 'benchmarks.md'), 'utf8')
  const section = document.split(/^## /m).find((part) => part.startsWith(`${title}\n`)) ?? ''
  const cells = section.split('\n').map((line) => line.split('|').map((cell) => cell.trim()))
  return cells.find(([, first]) => first?.startsWith(row))?.[2]
}

/** The code blocks of one language. */
function blocks(language: string): string[] {
  return [...readme.matchAll(new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``, 'g'))].map(([, code]) => code as string)
}

/** Lines with their measured numbers and units blotted out, and blanks folded. */
function shape(text: string): string[] {
  const measured = /\d+(\.\d+)? ?(ns|µs|ms|s)\b/g
  const lines = text.trimEnd().split('\n')
  return lines.map((line) =>
    line
      .replace(measured, 'TIME')
      .replace(/pid \d+/, 'pid N')
      .replace(/ +/g, ' '),
  )
}

async function firstAnswer(url: string): Promise<void> {
  const end = Date.now() + 60_000
  for (;;) {
    try {
      await fetch(url)
      return
    } catch (error) {
      if (Date.now() > end) throw error
      await delay(20)
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}
