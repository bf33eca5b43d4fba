import { setTimeout as delay } from 'node:timers/promises'
import { PlimsollError, reasonOf } from '../../errors.ts'
import type { InspectorSession } from '../../http/profile/main-thread.ts'
import { readPage } from '../../page/read/reader.ts'
import { isAlive } from '../../snapshot/page-state.ts'
import type { PageInfo, Snapshot } from '../../snapshot/snapshot.ts'
import { checkSignal } from './check-signal.ts'
import { inspectorPort, isTaken, listenerOn, listeningPorts } from './other-process.ts'
import { connectTextSocket, type TextSocket } from './websocket.ts'

const openMs = 3000
/** After this time a written page has what its process had stored before. */
const writtenMs = 1500
/** For so much longer is an inspector tried that is open: what was opened has to be closed, which only it can do. */
const connectMs = 5000
const lookMs = 20
/** How many looks there are for each signal. */
const signalledEach = 10
const closeMs = 30_000
/** The process closes the inspector by itself after this time, should this command be killed. */
const latestSeconds = 90

/** The inspector of another process, open for as long as this is. */
export interface Inspector extends InspectorSession {
  /** Closes the inspector itself, not only the session. Throws PLIMSOLL_INSPECT_FAILED where it is still open after that. */
  close(): Promise<void>
}

/**
 * Opens the inspector of the process that writes a page, which also works while its main thread is blocked: SIGUSR1 has Node
 * open it on
 * 127.0.0.1. Sent only to that process, and only where the signal is Node's own. Throws PLIMSOLL_INSPECT_FAILED, PLIMSOLL_INSPECT_ENDED.
 */
export async function openInspector(snapshot: Snapshot): Promise<Inspector> {
  const page = snapshot.pages[0] as PageInfo
  const { pid } = page
  if (!isAlive(page)) throw new PlimsollError('PLIMSOLL_INSPECT_ENDED', { pid })
  try {
    await checkSignal(...(await latest(snapshot, page)))
    return await openWithin(pid, performance.now() + openMs)
  } catch (error) {
    throw failed(pid, reasonOf(error), error)
  }
}

/** A mapped page as it was read, a written one as of now: its process may have taken the signal in the second before. */
async function latest(snapshot: Snapshot, page: PageInfo): Promise<[Snapshot, PageInfo]> {
  if (page.written === undefined || page.file === null) return [snapshot, page]
  await delay(writtenMs)
  const later = readPage(page.file)
  return [later, later.pages[0] as PageInfo]
}

/** Tries again where the process closes its inspector meanwhile, for another command, which has just ended, or where it is slow. */
async function openWithin(pid: number, end: number): Promise<Inspector> {
  let reason: unknown
  let port: number | undefined
  for (;;) {
    port = port !== undefined && isListening(pid, port) ? port : await newPort(pid, end)
    if (port === undefined) throw reason ?? new Error(whyNot(pid))
    try {
      return await connect(pid, port)
    } catch (error) {
      reason = error
    }
    if (performance.now() > end + connectMs && isListening(pid, port)) {
      throw new Error(`${reasonOf(reason)}; its inspector is still open at 127.0.0.1:${port}`, { cause: reason })
    }
    await delay(lookMs)
  }
}

async function newPort(pid: number, end: number): Promise<number | undefined> {
  let before = listeningPorts(pid)
  const wanted = inspectorPort(pid)
  for (let i = 0; performance.now() < end; i++) {
    // Again, as the one that it opened may have been closed with an earlier one. Where its port is taken, Node would try once
    // more when its event loop turns, and might open it when nobody is there who closes it.
    if (i % signalledEach === 0 && !isTaken(pid, wanted)) process.kill(pid, 'SIGUSR1')
    const ports = listeningPorts(pid)
    const port = ports.find((each) => !before.includes(each))
    if (port !== undefined) return port
    before = ports
    await delay(lookMs)
  }
  return undefined
}

function whyNot(pid: number): string {
  const port = inspectorPort(pid)
  if (!isTaken(pid, port)) return 'it opened no inspector; should it do so later, nobody closes that'
  const holder = listenerOn(pid, port)
  const whose = holder === undefined ? 'another process' : holder === pid ? 'itself' : `process ${holder}`
  return `its inspector needs 127.0.0.1:${port}, which is in use by ${whose}`
}

async function connect(pid: number, port: number): Promise<Inspector> {
  const answer = await fetch(`http://127.0.0.1:${port}/json/list`, { signal: AbortSignal.timeout(openMs) })
  const [target] = (await answer.json()) as { readonly webSocketDebuggerUrl?: string }[]
  const waiting = new Map<number, (message: Answer) => void>()
  const socket = await connectTextSocket(new URL(target?.webSocketDebuggerUrl ?? ''), (text) => {
    const message = JSON.parse(text) as Answer
    if (message.id !== undefined) waiting.get(message.id)?.(message)
  })
  void socket.closed.then(() => {
    for (const reject of waiting.values()) reject({ error: { message: 'the inspector was closed' } })
  })
  let sent = 0
  const post = (method: string, params: object = {}): Promise<unknown> => {
    const id = ++sent
    return new Promise((resolve, reject) => {
      waiting.set(id, ({ result, error }) => {
        waiting.delete(id)
        if (error === undefined) resolve(result)
        else reject(new Error(error.message))
      })
      socket.send(JSON.stringify({ id, method, params }))
    })
  }
  // Not awaited: a thread in a system call runs it afterwards.
  post('Runtime.evaluate', { expression: closeLater }).catch(() => {})
  return { post, disconnect: () => {}, close: () => closeInspector(pid, port, post, socket) }
}

interface Answer {
  readonly id?: number
  readonly result?: unknown
  readonly error?: { readonly message: string }
}

const timerName = `globalThis[Symbol.for('plimsoll.inspector')]`
const closeLater = `${timerName} = setTimeout(() => process._debugEnd(), ${latestSeconds * 1000}); ${timerName}.unref()`
/**
 * Node starts the inspector from whichever comes first, an interrupt or its event loop. Where that was blocked, it would open
 * again as soon as the loop turns, so it is closed after the next turns too, unless another command has opened it by then.
 */
const closeNow = `clearTimeout(${timerName}); delete ${timerName};
(function end(turns) {
  if (${timerName} !== undefined) return
  process._debugEnd()
  if (turns > 0) setImmediate(end, turns - 1)
})(3)`

/** The process ends the connection when it closes its inspector. */
async function closeInspector(
  pid: number,
  port: number,
  post: InspectorSession['post'],
  socket: TextSocket,
): Promise<void> {
  post('Runtime.evaluate', { expression: closeNow }).catch(() => {})
  const limit = new AbortController()
  await Promise.race([socket.closed, delay(closeMs, undefined, { signal: limit.signal }).catch(() => {})])
  limit.abort()
  socket.close()
  if (isListening(pid, port)) throw failed(pid, `its inspector is still open at 127.0.0.1:${port}`)
}

function isListening(pid: number, port: number): boolean {
  try {
    return listeningPorts(pid).includes(port)
  } catch {
    // It has ended.
    return false
  }
}

function failed(pid: number, reason: string, cause?: unknown): PlimsollError {
  return new PlimsollError('PLIMSOLL_INSPECT_FAILED', { pid, reason }, { cause })
}
