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
import { listColumns } from '#src/cli/top/list-columns.ts'
import { marks } from '#src/findings/levels.ts'
import { compile, printedBy } from './support/compile.ts'

const readme = readFileSync('README.md', 'utf8')
/** Without line breaks, which may be anywhere. */
const prose = readme.replaceAll('\n', ' ')
const command = join('dist', 'cli', 'main.js')
const picture = readFileSync(join('docs', 'images', 'terminal.svg'), 'utf8')

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
    await until(() => fetch(url).then(Boolean, () => false))
    await fetch(url)
    await fetch(url)
    const show = (): string => execFileSync(process.execPath, [command, 'show', 'hello'], { env, encoding: 'utf8' })
    const [, ...expected] = (blocks('console')[0] ?? '').split('\n')
    await until(() => show().includes('rate 1m'))
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

test('The example about recording compiles, and prints what it says.', () => {
  const dir = mkdtempSync(join(tmpdir(), 'plimsoll-readme-'))
  const script = join('build', 'readme', 'recording.ts')
  const [code = '', ...others] = blocks('ts')
  mkdirSync(dirname(script), { recursive: true })
  writeFileSync(script, code)
  try {
    assert.deepEqual([others.length, compile([script])], [0, []])
    const env = { ...process.env, PLIMSOLL_DIR: dir }
    const printed = execFileSync(process.execPath, [script.replace(/ts$/, 'js')], { env, encoding: 'utf8' })
    assert.deepEqual(printed.trimEnd().split('\n'), printedBy(code))
    assert.ok(printedBy(code).length > 0)
  } finally {
    rmSync(dir, { recursive: true })
    rmSync(script)
  }
})

test('Each command in the README and its picture is there, with its options.', () => {
  const shown = [...blocks('sh'), ...blocks('console'), textOf(picture).join('\n')].join('\n')
  const calls = [...shown.matchAll(/npx plimsoll (\w+)(.*)/g)].map(([, name = '', rest = '']) => ({
    name,
    options: rest.replace(/#.*/, '').match(/--[a-z-]+/g) ?? [],
  }))
  assert.ok(calls.length > 10, `${calls.length} commands`)
  for (const name of new Set(calls.map((call) => call.name))) {
    const help = execFileSync(process.execPath, [command, name, '--help'], { encoding: 'utf8' })
    const options = calls.filter((call) => call.name === name).flatMap((call) => call.options)
    assert.deepEqual(
      options.filter((option) => !help.includes(`${option} `)),
      [],
      name,
    )
  }
  const scripts = Object.keys(JSON.parse(readFileSync('package.json', 'utf8')).scripts)
  const used = [...readme.matchAll(/npm (?:run ([\w:]+)|(test))/g)].map(([, script, test]) => script ?? test ?? '')
  assert.deepEqual(
    used.filter((script) => !scripts.includes(script)),
    [],
  )
})

test('The picture of the README has the words of today, and asks for nothing outside of itself.', () => {
  const shown = textOf(picture)
  const help = execFileSync(process.execPath, [command, 'ls', '--help'], { encoding: 'utf8' })
  const heads = shown.find((line) => line.startsWith('APP')) ?? ''
  assert.deepEqual(
    heads.split(' ').filter((head) => !new RegExp(`^ .*\\b${head}\\b`, 'm').test(help)),
    [],
  )
  const states = shown.flatMap((line) => /^(?:shop )?\d+ (?:#\d+ )?[✖▲●○] ([a-z]+) /.exec(line)?.[1] ?? [])
  // Which of the workers is blocked is chance.
  assert.deepEqual(states.toSorted(), ['blocked', 'killed', 'live', 'live'])
  assert.ok(heads.includes('PROCESS'))
  for (const state of states) assert.match(help, new RegExp(`\\b${state} {2,}`))
  assert.deepEqual(picture.match(/href|url\(|@import|<script|<image|https?:(?!\/\/www\.w3\.org\/2000\/svg")/g), null)
})

test('The picture of top has the columns and marks of today, and asks for nothing outside of itself.', () => {
  const top = readFileSync(join('docs', 'images', 'top.svg'), 'utf8')
  const shown = textOf(top)
  const heads = shown.find((line) => line.startsWith('APP')) ?? ''
  const known = listColumns.map(({ head }) => head)
  assert.deepEqual(
    heads.split(/ (?!p99|1m)/).filter((head) => !known.includes(head)),
    [],
  )
  for (const mark of Object.values(marks).slice(0, 3))
    assert.ok(
      shown.some((line) => line.includes(`${mark} `)),
      mark,
    )
  assert.deepEqual(top.match(/href|url\(|@import|<script|<image|https?:(?!\/\/www\.w3\.org\/2000\/svg")/g), null)
})

test('The metrics endpoint of the README adds up the processes of one app, past pages that cannot be read', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'plimsoll-readme-'))
  const script = join('build', 'readme', 'metrics.mjs')
  mkdirSync(dirname(script), { recursive: true })
  writeFileSync(script, blocks('js').find((block) => block.startsWith('// metrics.mjs')) ?? '')
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
  const rows = [...readme.matchAll(/^\| ([A-Z][\w ]+) \| ([\d. |]+) \|$/gm)]
  assert.equal(rows.length, 5)
  const rivals = ['plimsoll', 'prom-client', '@prometheus-io/client', '@opentelemetry/sdk-metrics']
  for (const [, title = '', figures = ''] of rows) {
    assert.deepEqual(
      figures.split(' | '),
      rivals.map((rival) => measured(title, rival)),
      title,
    )
  }
  const [, empty, bare] = /empty call took ([\d.]+) ns and a bare `[^`]+` ([\d.]+) ns/.exec(prose) ?? []
  assert.deepEqual([empty, bare], [measured('Counter', 'empty call'), measured('Counter', 'bare cell')])
  const about = (title: string, row: string, [, said]: RegExpExecArray | readonly string[], factor = 1): void => {
    const share = Number(measured(title, row)) / (Number(said) * factor)
    assert.ok(Math.abs(share - 1) < 0.1, `${title}, ${row}: about ${said}`)
  }
  about('Rendering as Prometheus text', 'plimsoll', /takes about ([\d.]+) ms, where/.exec(prose) ?? [])
  about('Rendering as Prometheus text', 'prom-client', /where prom-client takes ([\d.]+);/.exec(prose) ?? [])
  about('Bytes of a series', 'plimsoll, counter', /counter series takes about (\d+) bytes/.exec(prose) ?? [])
  about('Bytes of a series', 'plimsoll, timer', /timer series takes about (\d+) KiB/.exec(prose) ?? [], 1024)
  about('Bytes of a series', 'plimsoll, recent windows of a timer', /and (\d+) KiB more/.exec(prose) ?? [], 1024)
})

/** The first figure in the row of a table of the benchmark document that begins like this. */
function measured(title: string, row: string): string | undefined {
  const document = readFileSync(join('docs', 'benchmarks.md'), 'utf8')
  const section = document.split(/^## /m).find((part) => part.startsWith(`${title}\n`)) ?? ''
  const cells = section.split('\n').map((line) => line.split('|').map((cell) => cell.trim()))
  return cells.find(([, first]) => first?.startsWith(row))?.[2]
}

/** The lines of an SVG whose texts are the words of a terminal. */
function textOf(svg: string): string[] {
  const lines = new Map<string, string[]>()
  for (const [, y = '', text = ''] of svg.matchAll(/<text [^>]*y="(\d+)"[^>]*>([^<]*)<\/text>/g)) {
    lines.set(y, [...(lines.get(y) ?? []), text.replaceAll('&lt;', '<').replaceAll('&amp;', '&')])
  }
  return [...lines.values()].map((words) => words.join(' '))
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
      .replace(/[\d.]+\/s/, 'RATE')
      .replace(measured, 'TIME')
      .replace(/pid \d+/, 'pid N')
      .replace(/ +/g, ' '),
  )
}

/** Waits for a condition, however busy the machine is. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 120_000
  while (!(await holds())) {
    assert.ok(Date.now() < end, `still waiting for ${holds}`)
    await delay(100)
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
