/** On an agent of `node:http` whose requests are plimsoll's own. In the registry of symbols, as two copies of the package may be loaded. */
const mark = Symbol.for('plimsoll.ownRequests')

/** Keeps the requests of an agent out of the metrics of HTTP clients: they are about the app. */
export function markOwnRequests<Agent extends object>(agent: Agent): Agent {
  return Object.defineProperty(agent, mark, { value: true })
}

/** Whether a request is plimsoll's own. */
export function isOwnRequest(request: object): boolean {
  const { agent } = request as { readonly agent?: unknown }
  return typeof agent === 'object' && agent !== null && mark in agent
}
