import type { Writable } from 'node:stream'

/**
 * Writes to a stream and resolves when the stream has passed everything on, so at most one text is in its buffer. Rejects when
 * the stream fails or is closed, when `signal` is aborted, and at once while an earlier text is still in the buffer. A write that
 * was given up stays in the buffer, and goes when the reader reads again.
 */
export function writeTo(stream: Writable, text: string | Uint8Array, signal: AbortSignal): Promise<void> {
  if (stream.writableEnded || stream.destroyed) return Promise.reject(new Error('the stream is closed'))
  if (stream.writableLength > 0) return Promise.reject(new Error('the reader has not read the last values'))
  return new Promise((resolve, reject) => {
    const end = (error?: unknown): void => {
      stream.off('error', end)
      stream.off('close', closed)
      signal.removeEventListener('abort', aborted)
      if (error === undefined || error === null) resolve()
      else reject(error)
    }
    const closed = (): void => end(new Error('the stream was closed'))
    const aborted = (): void => end(signal.reason)
    stream.once('error', end)
    stream.once('close', closed)
    signal.addEventListener('abort', aborted, { once: true })
    stream.write(text, end)
  })
}
