import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { get } from 'node:http'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { Registry } from 'plimsoll'
import { serveStatus } from 'plimsoll/http'
import { newFolder, publishInto } from './published.ts'
import { effort, quantile, tell } from './result.ts'

const families = 10
const series = 1000 / (effort.divisor === 1 ? 1 : 20)
const requests = effort.turns > 1 ? 40 : 2

if (process.argv[3] === 'app') await runApp()
else await compare()

/** The app: it counts in 10,000 series, serves its status, and holds its event loop once it is told to. */
async function runApp(): Promise<void> {
  const dir = newFolder()
  const registry = new Registry()
  for (let f = 0; f < families; f++) {
    const family = registry.counter(`requests.n${f}`, { labels: ['route', 'status'], maxSeries: series })
    for (let s = 0; s < series; s++) family.labels({ route: `/route/${s % 50}`, status: String(s) }).add(3)
  }
  publishInto(dir, registry)
  const { url, error } = await serveStatus({ port: 0, dir, app: 'bench' })
  if (url === undefined) throw error
  console.log(url)
  process.stdin.once('data', () => {
    console.log('blocked')
    for (;;);
  })
}

async function compare(): Promise<void> {
  const args = [...process.execArgv, fileURLToPath(import.meta.url), effort.divisor === 1 ? 'all' : 'tiny', 'app']
  const app: ChildProcess = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: app.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]()
  const url = String((await lines.next()).value)
  const idle = await firstBytes(url)
  app.stdin?.write('block\n')
  await lines.next()
  const blocked = await firstBytes(url)
  app.kill('SIGKILL')
  await once(app, 'exit')
  tell({
    title: 'First byte of the status page of 10,000 series',
    unit: 'ms',
    note:
      'From the request to the first byte of the answer, at an app with 10,000 counters, from another process; the median of 40 requests ' +
      'after 10 to warm up. Blocked: the main thread of the app runs a loop without an end.',
    reference: 'main thread idle',
    bars: [
      { contender: 'main thread idle', text: 'within 50 ms', most: 50 },
      { contender: 'main thread blocked', text: 'within 50 ms', most: 50 },
    ],
    figures: { 'main thread idle': quantile(idle, 0.5), 'main thread blocked': quantile(blocked, 0.5) },
  })
}

async function firstBytes(url: string): Promise<number[]> {
  const times: number[] = []
  for (let i = 0; i < requests + 10; i++) {
    const begun = performance.now()
    const [answer] = await once(get(url, { agent: false }), 'response')
    await once(answer, 'readable')
    const taken = performance.now() - begun
    if (answer.statusCode !== 200) throw new Error(`the status page answered ${answer.statusCode}`)
    answer.resume()
    await once(answer, 'end')
    if (i >= 10) times.push(taken)
  }
  return times
}
