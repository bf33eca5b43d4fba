import { createRequire } from 'node:module'

/** The time between turns of the event loop, in milliseconds. */
export interface Turns {
  readonly passed: number[]
  /** Of that, the processor time of the main thread: without what other threads and processes took from it. */
  readonly busy: number[]
}

/** Watches the event loop for so long; the first twentieth is left out. In each turn the process does some work. */
export function watchTurns(ms: number, work: () => void): Promise<Turns> {
  const turns: Turns = { passed: [], busy: [] }
  const begun = performance.now()
  let last = begun
  let lastBusy = threadTime()
  return new Promise((resolve) => {
    const turn = (): void => {
      work()
      const [now, busy] = [performance.now(), threadTime()]
      if (now - begun > ms / 20) {
        turns.passed.push(now - last)
        turns.busy.push(busy - lastBusy)
      }
      last = now
      lastBusy = busy
      if (now - begun < ms) setImmediate(turn)
      else resolve(turns)
    }
    setImmediate(turn)
  })
}

/** Milliseconds of processor time of this thread; where libc cannot be called, of the machine's clock. */
function threadClock(): () => number {
  try {
    const koffi = createRequire(import.meta.url)(`@koromix/koffi-linux-${process.arch}`)
    const gettime = koffi.load(null).func('clock_gettime', 'int', ['int', 'uint8_t *'])
    const parts = new BigInt64Array(2)
    const bytes = new Uint8Array(parts.buffer)
    return () => {
      gettime(threadCpuTime, bytes)
      return Number(parts[0]) * 1000 + Number(parts[1]) / 1e6
    }
  } catch {
    return () => performance.now()
  }
}

/** CLOCK_THREAD_CPUTIME_ID of Linux. */
const threadCpuTime = 3
const threadTime = threadClock()
