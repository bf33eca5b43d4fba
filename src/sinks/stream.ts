import type { Writable } from 'node:stream'
import { optionInvalid } from '../errors.ts'
import { formatJson } from '../formats/json/json.ts'
import { checkOptions, nonEmptyText, type OptionRules } from '../options.ts'
import { type RuleOptions, Rules, ruleRules } from './rules.ts'
import type { Sink } from './sink.ts'
import { sinkTarget } from './sink-options.ts'
import { writeTo } from './transports/writable.ts'

/** Options of `stream()`. */
export interface StreamOptions extends RuleOptions {
  /** In warnings and as the label `sink`. @default 'stream' */
  readonly name?: string
}

const rules: OptionRules<StreamOptions> = { name: nonEmptyText, ...ruleRules }

/**
 * A sink that writes each snapshot to a stream as a line of JSON, as `formatJson()` has it: to a file opened with
 * `createWriteStream(path, { flags: 'a' })`, a socket, a pipe of a child process. While the reader does not read, at most one line
 * is in the buffer of the stream; later snapshots are failures, and each line has the totals. The stream stays open.
 *
 * Throws PLIMSOLL_OPTION_INVALID or PLIMSOLL_OPTION_UNKNOWN.
 */
export function stream(writable: Writable, options: StreamOptions = {}): Sink {
  if (typeof writable?.write !== 'function') throw optionInvalid('writable', 'stream()', writable, 'a Writable')
  checkOptions('stream()', options, rules)
  const { name = 'stream', ...given } = options
  return new LineSink(name, writable, new Rules(given))
}

/**
 * A sink that writes each snapshot to stdout as a line of JSON. Where stdout is a pipe or a terminal, Node writes it
 * synchronously, as for `console.log`. Throws PLIMSOLL_OPTION_INVALID or PLIMSOLL_OPTION_UNKNOWN.
 *
 * @param to `stdout:`, for configurations.
 */
export function stdout(to = 'stdout:', options: RuleOptions = {}): Sink {
  const target = sinkTarget('stdout()', to, options, ruleRules, { schemes: ['stdout'], example: 'stdout:' })
  // In another thread, stdout goes through this one: no description.
  return new LineSink('stdout', process.stdout, new Rules(target.options))
}

class LineSink implements Sink {
  readonly name: string
  readonly #stream: Writable
  readonly #rules: Rules

  constructor(name: string, writable: Writable, chosen: Rules) {
    this.name = name
    this.#stream = writable
    this.#rules = chosen
    // Without a listener, an error of the stream between two lines would end the process.
    writable.on('error', () => {})
  }

  async send(...[snapshot, delivery]: Parameters<Sink['send']>): Promise<void> {
    const line = Buffer.from(`${formatJson(this.#rules.select(snapshot))}\n`)
    await writeTo(this.#stream, line, delivery.signal)
    delivery.sent(line.length)
  }

  sendAtExit(...[snapshot, delivery]: Parameters<Sink['send']>): void {
    if (this.#stream.writableLength > 0 || this.#stream.destroyed) return
    const line = Buffer.from(`${formatJson(this.#rules.select(snapshot))}\n`)
    this.#stream.write(line)
    delivery.sent(line.length)
  }
}
