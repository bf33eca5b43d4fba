import { channel } from 'node:diagnostics_channel'
import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { Registry } from 'plimsoll'
import { observeHttp } from 'plimsoll/runtime'
import type { Contender } from './calls.ts'
import { mustEqual } from './result.ts'

/** What a request costs apart from what Node does: both of its messages, always with the same objects. */
export const observedRequest: Contender = {
  name: 'plimsoll, an HTTP request',
  make: () => {
    const registry = new Registry()
    observeHttp(registry)
    const started = channel('http.server.request.start')
    const finished = channel('http.server.response.finish')
    const socket = new Socket()
    const request = new IncomingMessage(socket)
    request.method = 'GET'
    const message = { request, response: new ServerResponse(request), socket }
    const call = (): void => {
      started.publish(message)
      finished.publish(message)
    }
    const verify = ({ calls }: { readonly calls: number }): void => {
      const family = registry.read().families.find(({ name }) => name === 'http.server.request.duration')
      mustEqual('requests', family?.kind === 'timer' ? (family.series[0]?.count ?? 0) : 0, calls)
    }
    return { call, verify }
  },
}
