import { subscribe } from 'node:diagnostics_channel'
import { setTimeout } from 'node:timers'
import { getEnvironmentData, isMainThread, setEnvironmentData, threadId, Worker } from 'node:worker_threads'
import { systemClock } from '../clock.ts'
import { onProcessEnd } from './process-end.ts'

// A thread that is ended while koffi or zeromq works for it takes the whole process with it
// (docs/adr/0011-thread-gate.md). So a worker says in memory that threads share when it is inside one of them, and who ends
// a thread says so there and waits until it is outside. Each side writes its own word before it reads the other's, so at
// least one of them sees the other.

/** A name in the environment data that workers inherit. Its number is the version of what is in the memory. */
const key = 'plimsoll.gate.1'

interface Inherited {
  readonly memory: SharedArrayBuffer
  /** The thread that has put it there: the one that starts those who find it. */
  readonly starter: number
}

/** Words of each kind. Numbers of threads are not used twice; two that are so far apart share a word, and at worst wait. */
const slots = 1024
/** Nobody waits longer for another thread; then all goes on as it would without a gate. */
const patienceMs = 1000

const memory = shareMemory()
/** By thread: its number + 1 while it is inside koffi or zeromq. */
const inside = new Int32Array(memory, 0, slots)
/** By thread: its number + 1 when another one ends it, and negative when it ends itself. Those that it started end with it. */
const ending = new Int32Array(memory, slots * 4, slots)
/** By thread: the one that started it. 0, the main thread, also where that is not known. */
const starters = new Int32Array(memory, slots * 8, slots)

/** Not when this thread has waited for its end and did not end. */
let patient = true

/**
 * The same function, for calls into koffi or zeromq that are over once they return: this thread is not ended while one
 * runs, where the thread that ends it has loaded plimsoll before it started this one. Once it is to be ended it does not
 * come back from here. In the main thread, which no other ends, it is the function itself. One gated function may call
 * another.
 */
export function gated<Given extends unknown[], Result>(call: (...given: Given) => Result): (...given: Given) => Result {
  if (isMainThread) return call
  return (...given) => {
    if (Atomics.load(inside, threadId % slots) === threadId + 1) return call(...given)
    enter()
    try {
      return call(...given)
    } finally {
      leave(threadId)
    }
  }
}

function enter(): void {
  for (;;) {
    takeWord()
    const end = endAbove()
    if (end === undefined) patient = true
    if (end === undefined || !patient) return
    leave(threadId)
    patient = Atomics.wait(ending, end.slot, end.word, patienceMs) !== 'timed-out'
  }
}

function takeWord(): void {
  const slot = threadId % slots
  for (;;) {
    const other = Atomics.compareExchange(inside, slot, 0, threadId + 1)
    if (other === 0) return
    if (Atomics.wait(inside, slot, other, patienceMs) !== 'timed-out') continue
    // That thread is gone.
    Atomics.store(inside, slot, threadId + 1)
    return
  }
}

function leave(thread: number): void {
  Atomics.compareExchange(inside, thread % slots, thread + 1, 0)
  Atomics.notify(inside, thread % slots)
}

/** The end that comes to this thread, or to one with which it ends. */
function endAbove(): { slot: number; word: number } | undefined {
  for (let thread = threadId; ; thread = starterOf(thread)) {
    const slot = thread % slots
    const word = Atomics.load(ending, slot)
    // A thread that ends itself is not inside meanwhile.
    if (word === thread + 1 || (word === -thread - 1 && thread !== threadId)) return { slot, word }
    if (thread === 0) return undefined
  }
}

function starterOf(thread: number): number {
  const starter = Atomics.load(starters, thread % slots)
  // A later one has started the other thread with this word.
  return starter < thread ? starter : 0
}

/** A thread inside koffi, but for this one, that ends with the given one. */
function insideBelow(given: number): number | undefined {
  for (let slot = 0; slot < slots; slot++) {
    const found = Atomics.load(inside, slot) - 1
    if (found >= 0 && found !== threadId && endsWith(found, given)) return found
  }
  return undefined
}

function endsWith(thread: number, given: number): boolean {
  for (let above = thread; above !== given; above = starterOf(above)) if (above === 0) return false
  return true
}

/** The memory that this thread got from its starter, or new memory, for all threads that it starts. */
function shareMemory(): SharedArrayBuffer {
  const inherited = getEnvironmentData(key) as unknown as Inherited | undefined
  const memory = inherited?.memory ?? new SharedArrayBuffer(3 * slots * 4)
  // Another copy of this package may be in this thread.
  if (inherited?.starter === threadId) return memory
  if (inherited !== undefined) Atomics.store(new Int32Array(memory, slots * 8), threadId % slots, inherited.starter)
  const own: Inherited = { memory, starter: threadId }
  setEnvironmentData(key, own as never)
  let hasWorkers = false
  subscribe('worker_threads', () => {
    if (hasWorkers) return
    hasWorkers = true
    gateTerminate()
    onProcessEnd(gateOwnEnd)
  })
  return memory
}

/** Lets `worker.terminate()` wait while that thread is inside koffi; everywhere, as any holder of a worker may end it. */
function gateTerminate(): void {
  const { terminate: end } = Worker.prototype
  function terminate(this: Worker, ...given: Parameters<typeof end>): Promise<number> {
    const thread = this.threadId
    if (!(thread > 0)) return end.apply(this, given)
    Atomics.store(ending, thread % slots, thread + 1)
    const endNow = (): Promise<number> => {
      const ended = end.apply(this, given)
      const gone = (): void => forget(thread)
      Promise.resolve(ended).then(gone, gone)
      return ended
    }
    if (insideBelow(thread) === undefined) return endNow()
    this.ref()
    return new Promise((resolve) => {
      this.once('exit', (code) => {
        // It may have ended by itself; then there is nobody to wait for.
        forget(thread)
        resolve(code)
      })
      whenOutside(thread, endNow)
    })
  }
  // An app that has frozen it goes without the gate, but is not ended by it.
  Reflect.set(Worker.prototype, 'terminate', terminate)
}

function whenOutside(thread: number, then: () => void, waitedMs = 0): void {
  if (waitedMs < patienceMs && insideBelow(thread) !== undefined) {
    setTimeout(() => whenOutside(thread, then, waitedMs + 1), 1)
  } else {
    then()
  }
}

/** Nothing is left in the memory of a thread that is gone, nor of those that went with it. */
function forget(thread: number): void {
  for (let left = insideBelow(thread); left !== undefined; left = insideBelow(thread)) leave(left)
  Atomics.compareExchange(ending, thread % slots, thread + 1, 0)
}

/** With this thread end those that it started. */
function gateOwnEnd(): void {
  const slot = threadId % slots
  const latest = systemClock.now() + patienceMs
  // In place of what a thread has left there that is gone, but not of a word of the one that ends this one.
  const word = Atomics.load(ending, slot)
  if (word !== threadId + 1) Atomics.compareExchange(ending, slot, word, -threadId - 1)
  // The thread goes on where another listener throws and process.exit() is caught.
  setTimeout(goOn, 0).unref()
  for (let other = insideBelow(threadId); other !== undefined; other = insideBelow(threadId)) {
    const rest = latest - systemClock.now()
    if (rest <= 0) return
    Atomics.wait(inside, other % slots, other + 1, rest)
  }
}

function goOn(): void {
  const slot = threadId % slots
  Atomics.compareExchange(ending, slot, -threadId - 1, 0)
  Atomics.notify(ending, slot)
}
