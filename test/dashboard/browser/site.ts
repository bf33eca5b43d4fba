import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import type { Browser } from 'playwright-core'
import { untilAsync } from '../../faults/processes.ts'
import { main } from '../../support/command.ts'
import { openBrowser, startWorker, type WorkingProcess } from '../chromium.ts'
import { HostilePages } from './hostile-pages.ts'

function seconds(): number {
  return Date.now() / 1000
}

/** One browser, and what it looks at: started once for all tests. */
export class Site {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'plimsoll-dashboard-'))
  readonly workers: WorkingProcess[] = []
  readonly hostile: HostilePages = new HostilePages()
  browser!: Browser
  /** The dashboard of two workers. */
  url = ''
  #recording: Promise<string> | undefined
  #hostileUrl: Promise<string> | undefined
  readonly #serving: ChildProcess[] = []

  async start(): Promise<void> {
    const [browser, ...workers] = await Promise.all([
      openBrowser(),
      startWorker(this.folder, 'shop'),
      startWorker(this.folder, 'shop', 2),
    ])
    this.browser = browser
    this.workers.push(...workers)
    this.#recording = this.#record()
    this.url = await this.#serve('--dir', this.folder)
  }

  /** A window in which the requests of a worker changed: from its begin on some fail, for a minute. Once for each worker. */
  async someChange(worker = 0): Promise<readonly [from: number, to: number]> {
    const { pid, order } = this.workers[worker] ?? assert.fail()
    // Where there is no time before the window, all is new, and more than the list has room for.
    await untilAsync('a time before', 30, async () => Math.min(...(await this.#times(pid, '200'))) < seconds() - 15)
    await order('errors 1200')
    const failed = await untilAsync('some seconds with errors', 20, async () => {
      const times = await this.#times(pid, '500')
      return times.length >= 4 && times
    })
    return [Math.min(...failed) - 1, Math.max(...failed)]
  }

  /** The seconds in which a worker answered with a status. */
  async #times(pid: number, status: string): Promise<number[]> {
    const response = await fetch(`${this.url}api/v1/history/http.requests?pid=${pid}`)
    const histories = (await response.json()) as { name: string; points: [number, number | null][] }[]
    const points = histories.filter(({ name }) => name.includes(status)).flatMap((one) => one.points)
    return points.filter(([, value]) => value !== null && value > 0).map(([time]) => time)
  }

  /** The dashboard of a recording of the workers. */
  async recordingUrl(): Promise<string> {
    return this.#serve('--file', (await this.#recording) as string)
  }

  /** The dashboard of hostile names and of hundreds of pages, which are read each second from the first call on. */
  hostileUrl(): Promise<string> {
    this.#hostileUrl ??= (() => {
      this.hostile.publish()
      return this.#serve('--dir', this.hostile.folder)
    })()
    return this.#hostileUrl
  }

  async end(): Promise<void> {
    await this.browser?.close()
    for (const serving of this.#serving) serving.kill('SIGKILL')
    for (const worker of this.workers) await worker.kill()
    this.hostile.end()
    await this.#recording
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 10 })
  }

  async #record(): Promise<string> {
    const file = join(this.folder, 'shop.rec')
    await once(spawn(process.execPath, [main, 'record', '-o', file, '--for', '4', '--dir', this.folder]), 'exit')
    return file
  }

  async #serve(...args: string[]): Promise<string> {
    const serving = spawn(process.execPath, [main, 'serve', '--port', '0', ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    this.#serving.push(serving)
    const { value } = await createInterface({ input: serving.stdout as Readable })
      [Symbol.asyncIterator]()
      .next()
    assert.ok(value, 'the server has ended')
    return value
  }
}
