/** When the demo ends: its time is over, a signal came, or something failed. */
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']

/**
 * Listens for the end from now on. The first signal asks for it, the second does not wait any longer.
 * The output's end is one too: the terminal was closed, or the reader of the pipe is gone.
 */
export function listenForEnd() {
  let resolve
  let timer
  const failures = []
  const promise = new Promise((done) => (resolve = done))
  const end = {
    promise,
    reached: false,
    /** What went wrong, in the order in which it did. */
    failures,
    request() {
      if (end.reached) process.exit(130)
      finish()
    },
    fail(reason) {
      // What fails because all is being ended is not a failure of the demo.
      if (!end.reached) failures.push(reason)
      finish()
    },
    /** Ends it after so many seconds from now, if any. */
    after(seconds) {
      if (seconds !== undefined) timer = setTimeout(finish, seconds * 1000)
    },
    /** Leaves signals to Node again. */
    forget() {
      clearTimeout(timer)
      for (const signal of signals) process.off(signal, end.request)
    },
  }
  const finish = () => {
    end.reached = true
    resolve()
  }
  for (const signal of signals) process.on(signal, end.request)
  process.stdout.on('error', finish)
  process.stderr.on('error', finish)
  return end
}
