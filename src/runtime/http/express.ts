import { type Layer, matchedPart, mountText, pathText, waysOf } from './express-mount.ts'

/** An application of Express 4 or 5, as far as it is read here. */
interface App {
  readonly _router?: { readonly stack: readonly Layer[] }
  readonly router?: { readonly stack: readonly Layer[] }
  readonly parent?: App
  readonly mountpath?: unknown
}

/** A request that Express has routed. */
export interface ExpressRequest {
  readonly route: { readonly path?: unknown }
  readonly app?: App
  readonly baseUrl?: string
  readonly originalUrl?: string
}

/** Layers from the router of an application down to a route. */
type Chain = readonly Layer[]

interface Candidate {
  readonly chain: Chain
  /** Worked out when a path first matches. */
  text?: string
}

/** What was found by the object of a route, which stays the same: its text, or several where its router is mounted twice. */
const found = new WeakMap<object, string | readonly Candidate[]>()

/** Routes that were not found, with the application in which they are not: such as that of an application that failed. */
const missed = new WeakMap<object, { readonly app: App; readonly text: string }>()

/** Routers are nested no deeper than this, as one may be in itself. */
const maxDepth = 20

/**
 * The pattern of the route that Express took, with the paths where its routers are mounted, `*` for one that is unknown. Not
 * `baseUrl`: that has the values of parameters, and is empty after `next(error)`. Worked out once for each route.
 */
export function expressRoute(request: ExpressRequest): string {
  const { route, app } = request
  if (app === undefined) return ''
  const known = found.get(route) ?? findRoute(request, app)
  if (typeof known === 'string') return known
  for (const candidate of known) {
    const parts = matchChain(candidate.chain, request, app)
    if (parts === undefined) continue
    candidate.text ??= textOf(app, candidate.chain, parts, route.path)
    return candidate.text
  }
  return ''
}

function findRoute(request: ExpressRequest, app: App): string | readonly Candidate[] {
  const { route, baseUrl = '' } = request
  const known = missed.get(route)
  if (known?.app === app) return known.text
  // The order matters: in Express 4 the getter `router` throws.
  const stack = (app._router ?? app.router)?.stack ?? []
  const chains = [...chainsTo(stack, route, [])]
  const [first] = chains
  // An application that a router was given as a handler does not have the path where it is.
  const mayBeElsewhere = chains.length === 1 && baseUrl !== '' && app.parent === undefined
  const isElsewhere = mayBeElsewhere && !fits(first?.slice(0, -1) ?? [], baseUrl)
  if (first === undefined || isElsewhere) {
    const text = textBelow(['*'], route.path)
    missed.set(route, { app, text })
    return text
  }
  const result =
    chains.length > 1
      ? chains.map((chain) => ({ chain }))
      : textOf(app, first, matchChain(first, request, app), route.path)
  found.set(route, result)
  return result
}

/** All ways to a route: a router may be mounted in several places. */
function* chainsTo(stack: readonly Layer[], route: object, above: Chain): Generator<Chain> {
  if (above.length > maxDepth) return
  for (const layer of stack) {
    if (layer.route === route) yield [...above, layer]
    const inner = layer.handle?.stack
    if (!Array.isArray(inner) || layer.route !== undefined) continue
    for (const way of waysOf(layer)) yield* chainsTo(inner, route, [...above, way])
  }
}

/** Text of a route, with `*` for a mount that is unknown. `parts` are the paths that the layers of the chain were given. */
function textOf(app: App, chain: Chain, parts: readonly string[] | undefined, path: unknown): string {
  const mounts = chain.slice(0, -1).map((layer, i) => mountText(layer, parts?.[i]) ?? '*')
  return textBelow([prefixOf(app), ...mounts], path)
}

function textBelow(mounts: readonly string[], path: unknown): string {
  const text = ['', ...mounts, pathText(path)].join('/').replace(/\/{2,}/g, '/')
  return typeof path === 'string' && text !== '/' ? text.replace(/\/$/, '') : text
}

/** Where an application is mounted. */
function prefixOf(app: App): string {
  const { parent, mountpath } = app
  return parent === undefined ? '' : `${prefixOf(parent)}/${pathText(mountpath)}`
}

/**
 * What each layer of a chain is given of a path, when they match it. Where the application is mounted in another one, the
 * path may begin anywhere.
 */
function matchChain(chain: Chain, { originalUrl = '' }: ExpressRequest, app: App): string[] | undefined {
  const path = originalUrl.replace(/[?#].*$/, '')
  for (let at = 0; at >= 0; at = app.parent === undefined ? -1 : path.indexOf('/', at + 1)) {
    const parts = partsOf(chain, path.slice(at))
    if (parts !== undefined) return parts
  }
  return undefined
}

/** What each layer is given, and what is left at the end. */
function partsOf(chain: Chain, path: string): string[] | undefined {
  const parts = [path]
  let rest = path
  for (const layer of chain) {
    const part = matchedPart(layer, rest)
    if (part === undefined) return undefined
    rest = rest.slice(part.length)
    if (!rest.startsWith('/')) rest = `/${rest}`
    parts.push(rest)
  }
  return parts
}

/** Whether these mounts are all of the way to `baseUrl`. */
function fits(mounts: Chain, baseUrl: string): boolean {
  return partsOf(mounts, baseUrl)?.at(-1) === '/'
}
