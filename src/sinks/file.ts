import { fileURLToPath } from 'node:url'
import { formatJson } from '../formats/json/json.ts'
import { integer, type OptionRules } from '../options.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import { type RuleOptions, Rules, ruleRules } from './rules.ts'
import type { Delivery, Sink, SinkDescription } from './sink.ts'
import { sinkTarget } from './sink-options.ts'
import { replaceWith, replaceWithSync } from './transports/replace-file.ts'

/** Options of `file()`. */
export interface FileOptions extends RuleOptions {
  /** How many earlier versions stay, as `<path>.1` for the youngest, `<path>.2` and so on; 0 to 1000. @default 0 */
  readonly keep?: number
  /** Spaces per level of the JSON, 0 to 10. @default 0 */
  readonly indent?: number
  /** Permissions of the file, such as 0o644; the umask of the process applies. @default 0o600 */
  readonly mode?: number
}

const rules: OptionRules<FileOptions> = {
  keep: integer(0, 1000),
  indent: integer(0, 10),
  mode: integer(0, 0o777),
  ...ruleRules,
}

/**
 * A sink that keeps the last snapshot in a file, as JSON of `formatJson()`, also when the process ends or crashes. The file is
 * replaced in one step: readers never see half of one. Its folder must exist.
 *
 * Throws PLIMSOLL_OPTION_INVALID or PLIMSOLL_OPTION_UNKNOWN.
 *
 * @param to the URL of the file: `file:///var/lib/shop/metrics.json`.
 */
export function file(to: string, options: FileOptions = {}): Sink {
  const target = sinkTarget('file()', to, options, rules, {
    schemes: ['file'],
    example: 'file:///var/lib/shop/metrics.json',
  })
  const { keep = 0, indent = 0, mode = 0o600 } = target.options
  const chosen = new Rules(target.options)
  const path = fileURLToPath(`file://${target.url.pathname}`)
  return new FileSink('file', path, { keep, mode }, target.description, (snapshot) =>
    formatJson(chosen.select(snapshot), { indent }),
  )
}

/** A sink that replaces a file. */
export class FileSink implements Sink {
  readonly name: string
  readonly description?: SinkDescription
  readonly #path: string
  readonly #options: { readonly keep: number; readonly mode: number }
  readonly #format: (snapshot: Snapshot, delivery: Delivery) => string

  constructor(
    kind: string,
    path: string,
    options: { readonly keep: number; readonly mode: number },
    description: SinkDescription | undefined,
    format: (snapshot: Snapshot, delivery: Delivery) => string,
  ) {
    this.name = `${kind} ${path}`
    if (description !== undefined) this.description = description
    this.#path = path
    this.#options = options
    this.#format = format
  }

  async send(snapshot: Snapshot, delivery: Delivery): Promise<void> {
    const bytes = Buffer.from(this.#format(snapshot, delivery))
    await replaceWith(this.#path, bytes, this.#options, delivery.signal)
    delivery.sent(bytes.length)
  }

  sendAtExit(snapshot: Snapshot, delivery: Delivery): void {
    const bytes = Buffer.from(this.#format(snapshot, delivery))
    replaceWithSync(this.#path, bytes, this.#options)
    delivery.sent(bytes.length)
  }
}
