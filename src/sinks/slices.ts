/** Milliseconds for which encoding may hold the event loop. */
const sliceMs = 1

/**
 * The chunks of an encoder, with a turn of the event loop after each millisecond of encoding: on the main thread of an app, a
 * large snapshot must not delay its requests. A chunk should have a few hundred series.
 */
export async function* inSlices<T>(chunks: Iterable<T>): AsyncGenerator<T> {
  let until = performance.now() + sliceMs
  for (const chunk of chunks) {
    yield chunk
    if (performance.now() < until) continue
    await new Promise((resolve) => setImmediate(resolve))
    until = performance.now() + sliceMs
  }
}
