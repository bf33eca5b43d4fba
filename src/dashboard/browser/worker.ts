import { type FromHub, Hub, type ToHub } from './hub.ts'

/** The program of the worker that all pages share. */
function serve(): void {
  const hub = new Hub()
  globalThis.addEventListener('connect', (event) => {
    const [port] = (event as MessageEvent).ports
    if (port === undefined) return
    const take = hub.join((message: FromHub) => port.postMessage(message))
    port.onmessage = ({ data }: MessageEvent<ToHub>) => take(data)
  })
}

// Only a worker that pages share has this constructor as its own.
if ('SharedWorkerGlobalScope' in globalThis) serve()
