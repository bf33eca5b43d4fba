import { dirname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { optionInvalid, PlimsollError, reasonOf } from '../errors.ts'
import { ownApp } from '../fleet/own-app.ts'
import { checkExpositionOptions, type ExpositionOptions } from '../formats/exposition/options.ts'
import { defaultRegistry } from '../metrics/registry/default-registry.ts'
import {
  callback,
  checkOptions,
  directory,
  flag,
  integer,
  nonEmptyText,
  type OptionRules,
  oneOf,
  unchecked,
} from '../options.ts'
import { hostNames } from '../os/access.ts'
import { type OnWarning, warn } from '../os/warning.ts'

/** Options of `serveStatus()`. */
export interface ServeStatusOptions {
  /** A port of this machine's loopback address, 127.0.0.1; 0 takes a free one. @default 7547 */
  readonly port?: number
  /** Whose metrics are shown: all processes of the app, or this one with its threads. @default 'app' */
  readonly scope?: 'app' | 'process'
  /** Name of the app. Default: that under which `publish()` has published the default registry, else as it would name it. */
  readonly app?: string
  /** Directory of the pages. Default: that of the page of the default registry, else as for `publish()`. */
  readonly dir?: string
  /** Names besides loopback ones that a request may have as its host, without ports. */
  readonly hosts?: readonly string[]
  /** Whether `/profile` and `/blocked` are there. @default true */
  readonly profile?: boolean
  /** What the Prometheus formats leave to the caller: names, bounds of buckets and so on; no functions. */
  readonly exposition?: Omit<ExpositionOptions, 'onLeftOut'>
  /**
   * Called where the server cannot start, or ends by itself. Default: `process.emitWarning`. What it throws or rejects with
   * is dropped.
   */
  readonly onWarning?: OnWarning
}

/** A status server. */
export interface StatusServer {
  /** Where it answers: `http://127.0.0.1:7547/`; `undefined` where it could not start. */
  readonly url: string | undefined
  /** Why it could not start, or has ended. */
  readonly error: PlimsollError | undefined
  /** Frees the port and ends the thread. */
  close(): Promise<void>
}

/** Data for the thread. */
export interface ThreadData {
  readonly status: Required<Pick<ServeStatusOptions, 'port' | 'scope' | 'app' | 'hosts' | 'profile'>> &
    Pick<ServeStatusOptions, 'dir' | 'exposition'>
}

/** What the thread says once. */
export type ThreadAnswer = { readonly url: string } | { readonly failure: string }

const defaultPort = 7547
/** Past this, the thread ends, and not the process. */
const resourceLimits = { maxOldGenerationSizeMb: 512 }

/**
 * Serves the status of this app on a loopback port of its own, from a thread of its own that reads pages: it answers while
 * the event loop is blocked, and its requests never run in that loop. It does not keep the process alive. The app must
 * publish, by `publish()` or `plimsoll/register`, to be seen.
 *
 * Costs a thread with 16 to 60 MB of memory, and about 0.2 s of CPU time at its start; nothing while nobody asks.
 *
 * Throws PLIMSOLL_OPTION_INVALID or PLIMSOLL_OPTION_UNKNOWN for a wrong option, and nothing else: where the port is taken,
 * `error` has PLIMSOLL_SERVE_FAILED, and
 * one warning says so.
 */
export async function serveStatus(options: ServeStatusOptions = {}): Promise<StatusServer> {
  const where = 'serveStatus()'
  checkOptions(where, options, rules)
  checkExposition(options.exposition ?? {}, where)
  const published = defaultRegistry.currentPage?.describe()
  const { app = ownApp(), dir = published?.file ? dirname(published.file) : undefined } = options
  const { port = defaultPort, scope = 'app', hosts = [], profile = true, exposition = {}, onWarning } = options
  const status = { port, scope, app, hosts, profile, exposition, ...(dir !== undefined && { dir }) }
  const workerData: ThreadData = { status }
  const { NODE_OPTIONS: _, ...env } = process.env
  const program = new URL('./status-thread-program.js', import.meta.url)
  const server = new ThreadServer(`127.0.0.1:${port}`, onWarning)
  try {
    // None of the app's own flags and hooks: a thread that is not part of the app needs none of them.
    server.use(
      new Worker(program, { workerData, execArgv: [], env, resourceLimits, name: 'plimsoll status' } as WorkerOptions),
    )
  } catch (cause) {
    server.fail(reasonOf(cause), cause)
  }
  await server.started()
  return server
}

type WorkerOptions = ConstructorParameters<typeof Worker>[1]

const rules: OptionRules<ServeStatusOptions> = {
  port: integer(0, 65_535),
  scope: oneOf('app', 'process'),
  app: nonEmptyText,
  dir: directory,
  hosts: hostNames,
  profile: flag,
  exposition: unchecked,
  onWarning: callback,
}

function checkExposition(exposition: ExpositionOptions, where: string): void {
  checkExpositionOptions(exposition, where)
  // It cannot be called from the thread.
  if (exposition.onLeftOut !== undefined)
    throw optionInvalid('exposition.onLeftOut', where, exposition.onLeftOut, 'none: a thread cannot call it')
}

class ThreadServer implements StatusServer {
  url: string | undefined
  error: PlimsollError | undefined
  readonly #started: Promise<void>
  #start: () => void = () => {}
  #worker: Worker | undefined
  readonly #address: string
  readonly #onWarning: OnWarning | undefined

  constructor(address: string, onWarning: OnWarning | undefined) {
    this.#address = address
    this.#onWarning = onWarning
    this.#started = new Promise((resolve) => {
      this.#start = resolve
    })
  }

  /** Resolves once it answers, or never will. */
  started(): Promise<void> {
    return this.#started
  }

  use(worker: Worker): void {
    this.#worker = worker
    worker.on('message', (answer: ThreadAnswer) => {
      if ('failure' in answer) return this.fail(answer.failure)
      this.url = answer.url
      worker.unref()
      this.#start()
    })
    worker.on('error', (error) => this.fail(reasonOf(error), error))
    worker.on('exit', () => this.fail('its thread has ended'))
  }

  fail(reason: string, cause?: unknown): void {
    if (this.error !== undefined) return
    this.error = new PlimsollError('PLIMSOLL_SERVE_FAILED', { address: this.#address, reason }, { cause })
    this.url = undefined
    void this.#worker?.terminate()
    warn(this.error, this.#onWarning)
    this.#start()
  }

  async close(): Promise<void> {
    const worker = this.#worker
    if (worker === undefined) return
    this.#worker = undefined
    this.url = undefined
    worker.removeAllListeners('exit')
    await worker.terminate()
  }
}
