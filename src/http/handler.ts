import type { IncomingMessage, ServerResponse } from 'node:http'
import { optionInvalid } from '../errors.ts'
import { checkExpositionOptions, type ExpositionOptions } from '../formats/exposition/options.ts'
import { checkOptions, flag, type OptionRules, readable, text, unchecked } from '../options.ts'
import type { AccessOptions } from '../os/access.ts'
import type { Source } from '../snapshot/snapshot.ts'
import { Status } from './status.ts'

/** Options of `statusHandler()`. */
export interface StatusHandlerOptions extends AccessOptions {
  /** Where the app mounts the handler, if the path of a request still has it: `/status`. Default: empty; Express needs none. */
  readonly path?: string
  /** The heading of the page. Default: the name of the app. */
  readonly title?: string
  /** Whether `/profile` and `/blocked` are there. @default false */
  readonly profile?: boolean
  /** What the Prometheus formats leave to the caller: bounds of buckets and so on. */
  readonly exposition?: ExpositionOptions
}

/** Answers a request; or calls `next`, where given, for a path that is not its own. */
export type StatusHandler = (request: IncomingMessage, response: ServerResponse, next?: () => void) => void

const rules: OptionRules<StatusHandlerOptions> = {
  allow: [(given) => given !== undefined, '"loopback", addresses such as "10.0.0.0/8", or a function', 'required'],
  hosts: unchecked,
  path: [(given) => typeof given === 'string' && /^(\/[\w.~-]+)*$/.test(given), 'a path such as "/status", or ""'],
  title: text,
  profile: flag,
  exposition: unchecked,
}

/**
 * A handler for servers of node:http and for Express: the status page of a source, its branches, JSON and the Prometheus
 * formats. `allow` says whose requests are answered. Behind a proxy of this machine in its default configuration, such as
 * nginx, all requests come from 127.0.0.1 without a header about the client, and `loopback` allows them. Where there is such a
 * proxy, use `serveStatus()`, which has its own port, or a function that checks the client.
 *
 * Reads the source for each request, but only once for all that come together. Throws PLIMSOLL_OPTION_INVALID.
 */
export function statusHandler(source: Source, options: StatusHandlerOptions): StatusHandler {
  const where = 'statusHandler()'
  if (!readable[0](source, source)) throw optionInvalid('source', where, source, readable[1])
  checkOptions(where, options, rules)
  checkExpositionOptions(options.exposition ?? {}, where)
  const status = new Status(source, options)
  return (request, response, next) => void status.answer(request, response, next)
}
