import { optionInvalid } from '../errors.ts'
import { checkOptions, nonEmptyText, type OptionRules } from '../options.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import { type RuleOptions, Rules, ruleRules } from './rules.ts'
import type { Sink } from './sink.ts'

/** Options of `callback()`. */
export interface CallbackOptions extends RuleOptions {
  /** In warnings and as the label `sink`. @default 'callback' */
  readonly name?: string
}

const rules: OptionRules<CallbackOptions> = { name: nonEmptyText, ...ruleRules }

/**
 * A sink that calls a function with each snapshot, and not again while a promise that it returned is pending. What it throws
 * or rejects with is counted as a failure. `signal` is aborted at the deadline. When the process ends without an empty event
 * loop, as by `process.exit()`, it is called once more, and a promise that it returns then is not waited for.
 *
 * Throws PLIMSOLL_OPTION_INVALID or PLIMSOLL_OPTION_UNKNOWN.
 */
export function callback(
  send: (snapshot: Snapshot, signal: AbortSignal) => unknown,
  options: CallbackOptions = {},
): Sink {
  if (typeof send !== 'function') throw optionInvalid('send', 'callback()', send, 'a function')
  checkOptions('callback()', options, rules)
  const { name = 'callback', ...given } = options
  const chosen = new Rules(given)
  return {
    name,
    async send(snapshot, { signal }) {
      await send(chosen.select(snapshot), signal)
    },
    sendAtExit(snapshot, { signal }) {
      Promise.resolve(send(chosen.select(snapshot), signal)).catch(() => {})
    },
  }
}
