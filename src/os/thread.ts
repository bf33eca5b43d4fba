type WorkerThreads = typeof import('node:worker_threads')
type Data = Parameters<WorkerThreads['setEnvironmentData']>[1]

// Without node:worker_threads in a main thread, where it can be: with the streams that it loads, that is a quarter of the start of
// plimsoll/register (docs/adr/0018-late-worker-threads.md).

/** The module, which Node has loaded already in a worker thread. */
export const workerThreads = (): WorkerThreads => process.getBuiltinModule('node:worker_threads')

/** Whether this is the main thread of its process, as node:worker_threads has it. */
export const isMainThread: boolean = isMain()

/** The number of this thread; 0 in the main thread. */
export const threadId: number = isMainThread ? 0 : workerThreads().threadId

/** What the main thread is to leave once node:worker_threads is loaded: found by every copy of this package in it. */
const key = Symbol.for('plimsoll.held-for-threads.1')
const shared = globalThis as { [key]?: Map<string, Data> }

/** The latest Node that is known to assign `process.chdir` when node:worker_threads is loaded, as all do since 12. */
const latestKnown = 26

/** Leaves data for the worker threads that this thread starts from now on, and theirs. */
export function leaveForThreads(name: string, data: unknown): void {
  if (shared[key] === undefined) workerThreads().setEnvironmentData(name, data as Data)
  else shared[key].set(name, data as Data)
}

/** What this thread, or the one that started it, has left under a name. */
export function leftForThreads(name: string): unknown {
  return shared[key]?.get(name) ?? (shared[key] === undefined ? workerThreads().getEnvironmentData(name) : undefined)
}

/**
 * From here on, what is left for worker threads is kept until something loads node:worker_threads, and is left before the first
 * worker starts. Does nothing in a worker thread, and in a process in which that cannot be noticed.
 */
export function holdForThreads(): void {
  const chdir = Object.getOwnPropertyDescriptor(process, 'chdir')
  const isKnown = chdir?.value?.name === 'wrappedChdir' && chdir.configurable && chdir.writable
  if (
    !isMainThread ||
    shared[key] !== undefined ||
    !isKnown ||
    Number.parseInt(process.versions.node, 10) > latestKnown
  )
    return
  shared[key] = new Map()
  Object.defineProperty(process, 'chdir', {
    configurable: true,
    enumerable: true,
    get: () => chdir.value,
    set: (value) => {
      Object.defineProperty(process, 'chdir', { ...chdir, value })
      leaveSoon()
    },
  })
}

/**
 * node:worker_threads is being loaded, and cannot be asked yet. What is held is left at the end of what runs now, or before the
 * first worker has what it inherits: it starts its port first. That may be in the same run.
 */
function leaveSoon(): void {
  queueMicrotask(leaveHeld)
  try {
    const { prototype } = globalThis.MessagePort
    const { start } = prototype
    prototype.start = function (): void {
      leaveHeld()
      start.call(this)
    }
    restore = () => {
      prototype.start = start
    }
  } catch {
    // An app that has frozen it.
  }
}

let restore = (): void => {}

function leaveHeld(): void {
  restore()
  const held = shared[key]
  if (held === undefined) return
  delete shared[key]
  for (const [name, data] of held) leaveForThreads(name, data)
}

/** `process.chdir()` is missing in worker threads of Node, as it documents; in the main thread, no directory has an empty name. */
function isMain(): boolean {
  const { bun, deno } = process.versions as { bun?: string; deno?: string }
  try {
    if (bun === undefined && deno === undefined) process.chdir('')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return true
  }
  return workerThreads().isMainThread
}
