import { isMainThread } from 'node:worker_threads'
import { PlimsollError } from '../errors.ts'
import { defaultRegistry } from '../metrics/registry/default-registry.ts'
import type { Registry } from '../metrics/registry/registry.ts'
import { warn } from '../os/warning.ts'
import { observeContainer } from './container.ts'
import { observeEventLoop } from './event-loop.ts'
import { observeFailures } from './failures.ts'
import { observeGc } from './gc.ts'
import { observeHttp } from './http/observe-http.ts'
import { observeMemory } from './memory.ts'
import { checkRuntimeOptions, partNames, partsFrom, type RuntimeOptions, type RuntimePart } from './options.ts'
import { observeProcess } from './process.ts'

/** Declares metrics and begins to fill them; returns a function that stops it. */
type Observe = (registry: Registry) => () => void

const none: Observe = () => () => {}

/** Each part by its name. What the whole process has in common is in the registry of its main thread only. */
const parts: Readonly<Record<RuntimePart, Observe>> = {
  process: isMainThread ? observeProcess : none,
  container: isMainThread ? (registry) => observeContainer(registry) : none,
  memory: observeMemory,
  eventloop: observeEventLoop,
  gc: observeGc,
  failures: observeFailures,
  http: (registry) => observeHttp(registry),
}

interface Running {
  users: number
  stop(): void
}

/** Found by every copy of this package in the thread, so that nothing is observed twice. */
const key = Symbol.for('plimsoll.runtime.1')
const shared = globalThis as { [key]?: WeakMap<Registry, Map<RuntimePart, Running>> }

/**
 * Fills a registry with metrics of this process: CPU, memory, event loop, garbage collection, limits of its container,
 * errors that nobody caught, HTTP as `observeHttp` records it. `plimsoll/register` does the same without code. In a worker
 * thread it has those of the thread only. docs/runtime.md lists the metrics.
 *
 * docs/runtime.md has what it costs. Nothing of it keeps the process alive, and nothing that fails there
 * reaches the app. Called again for the same registry, it observes nothing twice. Throws PLIMSOLL_OPTION_UNKNOWN or
 * PLIMSOLL_OPTION_INVALID, and PLIMSOLL_FAMILY_CONFLICT where the registry has another metric of one of these names already; an
 * invalid `$PLIMSOLL_RUNTIME` is a warning, and selects all parts.
 *
 * @param registry default: the registry behind `counter()`, `timer()` and so on.
 * @returns a function that takes all timers, listeners and observers away again; the metrics keep their values.
 */
export function observeRuntime(registry: Registry = defaultRegistry, options: RuntimeOptions = {}): () => void {
  checkRuntimeOptions(options)
  return observeParts(registry, selectedParts(options, process.env.PLIMSOLL_RUNTIME))
}

/** The parts that options select, and where they do not, the text of `$PLIMSOLL_RUNTIME`. */
export function selectedParts(options: RuntimeOptions, text: string | undefined): readonly RuntimePart[] {
  const given = partsFrom(text)
  if (given instanceof PlimsollError) warn(given)
  const usual = given instanceof PlimsollError ? new Set(partNames) : given
  return partNames.filter((part) => options[part] ?? usual.has(part))
}

/** Observes parts as `observeRuntime` does. */
export function observeParts(registry: Registry, selected: readonly RuntimePart[]): () => void {
  shared[key] ??= new WeakMap()
  const running = shared[key].get(registry) ?? new Map<RuntimePart, Running>()
  shared[key].set(registry, running)
  for (const part of selected) begin(running, part, registry)
  let isStopped = false
  return () => {
    if (!isStopped) for (const part of selected) end(running, part)
    isStopped = true
  }
}

function begin(running: Map<RuntimePart, Running>, part: RuntimePart, registry: Registry): void {
  const known = running.get(part)
  if (known !== undefined) known.users++
  else running.set(part, { users: 1, stop: registry.declareYielding(() => parts[part](registry)) })
}

function end(running: Map<RuntimePart, Running>, part: RuntimePart): void {
  const known = running.get(part)
  if (known === undefined || --known.users > 0) return
  running.delete(part)
  known.stop()
}
