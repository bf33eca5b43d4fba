import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads'
import { PlimsollError, reasonOf } from '../errors.ts'
import { flushOwn } from '../page/own-pages.ts'
import { Schedule } from '../schedule.ts'
import type { SinkEvent } from './deliver.ts'
import type { ReportListener, Timing } from './reporter.ts'
import { type Sink, type SinkDescription, sinkError } from './sink.ts'

/** Data for the thread. */
export interface ThreadData {
  readonly descriptions: readonly SinkDescription[]
  readonly timing: Timing
  /** The page that it reads. */
  readonly file: string
  readonly port: MessagePort
  /** Its first number is 1 once the last values have been sent at the end of the process. */
  readonly ended: Int32Array
}

/** What the thread is told. */
export type ThreadOrder = { readonly file: string } | { readonly id: number | 'stop' | 'exit' }

/** What the thread answers. */
export type ThreadAnswer =
  | { readonly event: SinkEvent }
  | { readonly sink: string; readonly reason?: string }
  | { readonly unreadable: string }
  | { readonly done: number | 'stop' | 'exit' }

/** Past this, the thread ends, and not the process. */
const resourceLimits = { maxOldGenerationSizeMb: 512 }
/** How often it is checked whether the registry has got another page. */
const pageCheckMs = 1000
/** How long the end of a process waits for the last values. */
const exitMs = 1000
/** How long it takes until a thread that has ended by itself is started again. */
const restartMs = 10_000

type WorkerOptions = ConstructorParameters<typeof Worker>[1]

/**
 * Sinks in a thread of their own, which reads the page of a registry: reading, encoding and sending never hold the event loop of
 * the app, and go on while that is blocked.
 */
export class SinkThread {
  readonly #data: Omit<ThreadData, 'file' | 'port' | 'ended'>
  readonly #names: string
  readonly #findPage: () => string | undefined
  readonly #listener: ReportListener
  readonly #pageCheck: Schedule
  readonly #waiting = new Map<number | 'stop' | 'exit', () => void>()
  #file: string
  #worker: Worker | undefined
  #port: MessagePort | undefined
  #ended = new Int32Array(new SharedArrayBuffer(4))
  #orders = 0
  #isOpen = true

  /** @param findPage the file of the page now; `undefined` while there is none. */
  constructor(
    file: string,
    findPage: () => string | undefined,
    sinks: readonly Sink[],
    timing: Timing,
    listener: ReportListener,
  ) {
    this.#file = file
    this.#findPage = findPage
    this.#names = sinks.map(({ name }) => name).join(', ')
    this.#data = { descriptions: sinks.flatMap(({ description }) => description ?? []), timing }
    this.#listener = listener
    this.#pageCheck = new Schedule(() => this.#checkPage(), { intervalMs: pageCheckMs, onChange: () => {} })
    this.#start()
  }

  /** Sends the present values to all sinks. */
  flush(): Promise<void> {
    return this.#order(++this.#orders)
  }

  /** Sends the last values, closes the sinks and ends the thread. */
  async stop(): Promise<void> {
    if (!this.#isOpen) return
    await this.#order('stop')
    this.#isOpen = false
    void this.#pageCheck.stop()
    await this.#worker?.terminate()
  }

  /** Waits for the last values without a turn of the event loop; nothing else runs at the end of a process. */
  sendAtExit(): void {
    const port = this.#port
    if (!this.#isOpen || port === undefined) return
    this.#isOpen = false
    flushOwn(this.#file)
    port.postMessage({ id: 'exit' } satisfies ThreadOrder)
    Atomics.wait(this.#ended, 0, 0, exitMs)
    for (let more = receiveMessageOnPort(port); more !== undefined; more = receiveMessageOnPort(port))
      this.#hear(more.message)
  }

  #start(): void {
    const { port1, port2 } = new MessageChannel()
    this.#port = port1
    const { NODE_OPTIONS: _, ...env } = process.env
    const workerData: ThreadData = { ...this.#data, file: this.#file, port: port2, ended: this.#ended }
    const program = new URL('./sinks-thread-program.js', import.meta.url)
    const options = { workerData, transferList: [port2], execArgv: [], env, resourceLimits, name: 'plimsoll sinks' }
    try {
      // None of the app's own flags and hooks: a thread that is not part of the app needs none of them.
      const worker = new Worker(program, options as WorkerOptions)
      worker.on('error', (error) => this.#fail(worker, error))
      worker.on('exit', () => this.#fail(worker, 'it has ended'))
      worker.unref()
      this.#worker = worker
    } catch (error) {
      this.#fail(undefined, error)
    }
    port1.on('message', (answer: ThreadAnswer) => this.#hear(answer))
    port1.unref()
  }

  #fail(worker: Worker | undefined, cause: unknown): void {
    if (!this.#isOpen || this.#worker !== worker || this.#port === undefined) return
    this.#port.close()
    this.#port = undefined
    this.#worker = undefined
    for (const resolve of this.#waiting.values()) resolve()
    this.#waiting.clear()
    this.#listener.onChange('the thread of sinks', sinkError('the thread of sinks', reasonOf(cause), { cause }))
    setTimeout(() => this.#isOpen && this.#start(), restartMs).unref()
  }

  /** Resolves when the thread has done it, or has ended. */
  #order(id: number | 'stop'): Promise<void> {
    const port = this.#port
    if (!this.#isOpen || port === undefined) return Promise.resolve()
    flushOwn(this.#file)
    this.#checkPage()
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve)
      port.postMessage({ id } satisfies ThreadOrder)
    })
  }

  #hear(answer: ThreadAnswer): void {
    if ('event' in answer) {
      this.#listener.count(answer.event)
    } else if ('done' in answer) {
      this.#waiting.get(answer.done)?.()
      this.#waiting.delete(answer.done)
    } else if ('sink' in answer) {
      const { sink, reason } = answer
      this.#listener.onChange(sink, reason === undefined ? undefined : sinkError(sink, reason))
    } else {
      const values = { endpoint: this.#names, reason: answer.unreadable }
      this.#listener.onUnreadable(new PlimsollError('PLIMSOLL_SOURCE_UNREADABLE', values))
    }
  }

  #checkPage(): void {
    const file = this.#findPage()
    if (file === undefined || file === this.#file) return
    this.#file = file
    this.#port?.postMessage({ file } satisfies ThreadOrder)
  }
}
