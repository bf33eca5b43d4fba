import { setTimeout as delay } from 'node:timers/promises'
import { isMainThread } from 'node:worker_threads'
import { PlimsollError, reasonOf } from '../../errors.ts'
import type { CpuProfile } from './cpu-profile.ts'
import { isOwnStack, readStack, type StackFrame, stackExpression } from './stack.ts'

/** What sends commands of the inspector's protocol to a main thread. */
export interface InspectorSession {
  post(method: string, params?: object): Promise<unknown>
  disconnect(): void | Promise<void>
}

/** Opens a session. */
export type Connect = () => Promise<InspectorSession>

/** The longest profile, in seconds: the samples are kept in the process. */
export const maxProfileSeconds = 60
/** A main thread that runs JavaScript answers at once, one in a system call when that is over. */
const answerMs = 5000

/**
 * Profiles the main thread for some seconds, sampled each millisecond. From another thread, this also works while the main
 * thread runs JavaScript without an end. Throws PLIMSOLL_PROFILE_FAILED.
 */
export function takeProfile(seconds: number, connect: Connect = connectToMainThread): Promise<CpuProfile> {
  return withSession(connect, async (post) => {
    await post('Profiler.enable')
    await post('Profiler.setSamplingInterval', { interval: 1000 })
    await post('Profiler.start')
    await delay(seconds * 1000)
    return ((await post('Profiler.stop')) as { readonly profile: CpuProfile }).profile
  })
}

/**
 * The calls that the main thread is in at this moment, the innermost first; none while it waits for events. Throws
 * PLIMSOLL_PROFILE_FAILED.
 */
export function takeStack(connect: Connect = connectToMainThread): Promise<StackFrame[]> {
  return withSession(connect, async (post) => {
    const params = { expression: stackExpression, returnByValue: true, silent: true }
    const { result } = (await post('Runtime.evaluate', params)) as { readonly result: { readonly value?: unknown } }
    const frames = readStack(result.value)
    return isOwnStack(frames) ? [] : frames
  })
}

type Post = InspectorSession['post']

async function withSession<T>(connect: Connect, use: (post: Post) => Promise<T>): Promise<T> {
  let session: InspectorSession | undefined
  try {
    session = await connect()
    const { post } = session
    return await use((method, params) => inTime(post.call(session, method, params)))
  } catch (cause) {
    if (cause instanceof PlimsollError) throw cause
    throw new PlimsollError('PLIMSOLL_PROFILE_FAILED', { reason: reasonOf(cause) }, { cause })
  } finally {
    // Also ends a profile that is under way.
    await session?.disconnect()
  }
}

async function inTime<T>(answer: Promise<T>): Promise<T> {
  const answered = new AbortController()
  const late = delay(answerMs, undefined, { signal: answered.signal }).then(
    () => Promise.reject(new Error(`it runs no JavaScript and did not answer within ${answerMs / 1000} s`)),
    () => answer,
  )
  try {
    return await Promise.race([answer, late])
  } finally {
    answered.abort()
  }
}

/** Loaded here, as Node may be built without it. */
async function connectToMainThread(): Promise<InspectorSession> {
  const { Session } = await import('node:inspector/promises')
  const session = new Session()
  if (isMainThread) session.connect()
  else session.connectToMainThread()
  return session as unknown as InspectorSession
}
