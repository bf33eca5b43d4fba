import type { PlimsollError } from '../../errors.ts'
import { resetArchive } from '../../fleet/archive/reset.ts'
import { printable } from '../../formats/table/printable.ts'
import { isAlive } from '../../snapshot/page-state.ts'
import { formatSelector, parseSelectors } from '../../snapshot/selector.ts'
import { findFamilies } from '../../snapshot/selector-match.ts'
import type { Selector } from '../../snapshot/selector-type.ts'
import type { Snapshot } from '../../snapshot/snapshot.ts'
import { type Arguments, invalidArgument } from '../arguments.ts'
import type { Command } from '../command.ts'
import { dirOption, type Options } from '../option.ts'
import { type Context, type Result, result } from '../result.ts'
import { pageOf } from '../select/page-snapshots.ts'
import { selectionOf } from '../select/selection.ts'
import { similarMetric } from '../select/similar-metric.ts'
import { hasNoSuchLabels, similarLabels } from '../select/unmatched-labels.ts'

const resetOptions: Options = {
  metric: {
    value: '<selector>',
    help: 'only these metrics or series; a name must be complete, or a pattern with * or ?; may be repeated; default: all',
  },
  dir: dirOption,
}

/** `plimsoll reset`. */
export const resetCommand: Command = {
  usage: ['<app>... [--metric <selector>]... [--dir <path>]...'],
  examples: [
    'plimsoll reset shop',
    'plimsoll reset shop --metric http.latency',
    "plimsoll reset shop --metric 'http.requests{tenant=acme}'",
  ],
  about: `
The pages of ended processes are compacted into the archive first, and stay to
be inspected. A running process keeps its counts: no other process can change
them. For totals that begin at 0, restart the processes first.`,
  options: resetOptions,
  complete: 'app',
  run: reset,
}

/** Removes what ended processes of apps counted from their totals. Throws a PlimsollError for wrong usage. */
function reset(args: Arguments, { clock }: Context): Result {
  const { command, words, values } = args
  if (words.length === 0) throw invalidArgument(command, 'app', '', 'the name of an app')
  const texts = values.get('metric') ?? []
  const selectors = texts.flatMap((text) => parseSelectors(text, command, '--metric'))
  const selection = selectionOf(args, words, clock)
  const { snapshots, failures } = selection.read()
  selection.close()
  const messages: (PlimsollError | string)[] = failures.map(({ error }) => error)
  let text = ''
  for (const app of words) {
    const pages = snapshots.map(pageOf).filter((page) => page.app === app)
    if (pages.length === 0) continue
    let series = 0
    for (const directory of selection.directories) {
      const done = resetArchive(directory, app, selectors, clock)
      series += done.series
      if (done.error !== undefined) messages.push(done.error)
    }
    text += `${printable(app)}: removed ${series} series of ended processes from the totals\n`
    if (series === 0) messages.push(...unknownMetrics(app, selectors, snapshots))
    const living = pages.filter(isAlive).length
    if (living > 0) messages.push(`${app}: ${living} running processes and threads keep their counts.`)
  }
  return result(text, messages)
}

/** The metrics and labels that an app does not have, and those that are likely meant. */
function unknownMetrics(app: string, selectors: readonly Selector[], snapshots: readonly Snapshot[]): string[] {
  const own = snapshots.filter((one) => pageOf(one).app === app)
  const names = new Set(own.flatMap(({ families }) => families.map(({ name }) => name)))
  const families = own.flatMap((one) => one.families)
  return selectors.flatMap((one) => {
    const text = formatSelector(one)
    if (findFamilies(one, names) === undefined)
      return [`${app}: it has no metric ${text}. ${similarMetric(one, [...names])}`.trimEnd()]
    if (!hasNoSuchLabels(one, families)) return []
    return [`${app}: no series has the labels of ${text}. ${similarLabels(one, families)}`.trimEnd()]
  })
}
