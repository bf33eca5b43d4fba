/** The service of the demo, as a process of its own. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { root } from '../setup.mjs'

const patienceMs = 10_000
const maxError = 2000

/** Starts examples/service.mjs with its pages in `directory`; resolves when it listens, rejects when it ends before. */
export async function startService(directory) {
  const child = fork(join(root, 'examples', 'service.mjs'), {
    cwd: root,
    env: { ...withoutSettings(process.env), PLIMSOLL_DIR: directory, PLIMSOLL_APP: 'shop' },
    // What a process does is observed without a line in the service.
    execArgv: ['--import', new URL('../../dist/register.js', import.meta.url).href],
    // In a process group of its own, so that Ctrl-C in the terminal does not end it before its clients.
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text) => {
    errors = (errors + text).slice(-maxError)
  })
  const exited = once(child, 'exit').catch((error) => [error.message])
  const late = AbortSignal.timeout(patienceMs)
  const first = once(child, 'message', { signal: late }).then(([{ url }]) => url)
  const service = {
    url: '',
    /** What it complained about, on stderr. */
    complaints: () => errors.trim(),
    /** Resolves with the reason when the service ends. */
    exited: exited.then(([code, signal]) => `The service ended with ${signal ?? code}. ${errors}`.trim()),
    /** Ends all of it; resolves when it is gone. */
    async end() {
      child.kill('SIGTERM')
      const force = setTimeout(() => child.kill('SIGKILL'), 3000)
      await exited
      clearTimeout(force)
    },
    /** For the very last moment of this process. */
    kill: () => child.kill('SIGKILL'),
  }
  try {
    service.url = await Promise.race([first, service.exited.then((reason) => Promise.reject(new Error(reason)))])
  } catch (error) {
    await service.end()
    throw late.aborted ? new Error(`The service did not listen within ${patienceMs / 1000} s. ${errors}`.trim()) : error
  }
  return service
}

/** The demo shows the defaults, whatever is set outside. */
function withoutSettings(env) {
  return Object.fromEntries(Object.entries(env).filter(([name]) => name !== 'PORT' && !name.startsWith('PLIMSOLL_')))
}
