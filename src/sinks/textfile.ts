import { fileURLToPath } from 'node:url'
import { optionInvalid } from '../errors.ts'
import { checkExpositionOptions, type ExpositionOptions, expositionRules } from '../formats/exposition/options.ts'
import { formatPrometheus } from '../formats/exposition/prometheus.ts'
import { integer, type OptionRules } from '../options.ts'
import { FileSink } from './file.ts'
import { type RuleOptions, Rules, ruleRules } from './rules.ts'
import type { Sink } from './sink.ts'
import { sinkTarget } from './sink-options.ts'

/** Options of `textfile()`. */
export interface TextfileOptions extends RuleOptions, Omit<ExpositionOptions, 'onLeftOut' | 'created'> {
  /** Permissions of the file; the umask of the process applies. @default 0o644 */
  readonly mode?: number
}

const { onLeftOut: _, created: __, ...formatRules } = expositionRules
const rules: OptionRules<TextfileOptions> = { mode: integer(0, 0o777), ...formatRules, ...ruleRules }

/**
 * A sink that writes the Prometheus text format 0.0.4 to a file for the textfile collector of node_exporter. The file is
 * replaced in one step, and its temporary name does not end in `.prom`.
 *
 * Throws PLIMSOLL_OPTION_INVALID or PLIMSOLL_OPTION_UNKNOWN.
 *
 * @param to the URL of the file, which must end in `.prom`: `textfile:///var/lib/node_exporter/shop.prom`.
 */
export function textfile(to: string, options: TextfileOptions = {}): Sink {
  const example = 'textfile:///var/lib/node_exporter/shop.prom'
  const {
    url,
    options: given,
    description,
  } = sinkTarget('textfile()', to, options, rules, { schemes: ['textfile'], example })
  if (!url.pathname.endsWith('.prom'))
    throw optionInvalid('to', 'textfile()', to, `a path that ends in .prom, as ${example}`)
  const { mode = 0o644, allow, forbid, rules: more, unmatched, prune, ...exposition } = given
  checkExpositionOptions(exposition, 'textfile()')
  const chosen = new Rules(given)
  const path = fileURLToPath(`file://${url.pathname}`)
  return new FileSink('textfile', path, { keep: 0, mode }, description, (snapshot, delivery) =>
    formatPrometheus(chosen.select(snapshot), {
      ...exposition,
      onLeftOut: ({ series }) => delivery.lost(series, 'names collide'),
    }),
  )
}
