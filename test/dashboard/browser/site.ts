import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import type { Browser } from 'playwright-core'
import { main } from '../../support/command.ts'
import { openBrowser, startWorker, type WorkingProcess } from '../chromium.ts'
import { HostilePages } from './hostile-pages.ts'

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
