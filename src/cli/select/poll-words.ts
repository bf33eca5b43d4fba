import type { PlimsollError } from '../../errors.ts'
import { nearest, suggestion } from '../../nearest.ts'
import { findFamilies } from '../../snapshot/selector-match.ts'
import type { Arguments } from '../arguments.ts'
import type { Context } from '../result.ts'
import { parseFields } from './field.ts'
import { selectionOf } from './selection.ts'
import { similarMetric } from './similar-metric.ts'

/** The words of a command line that may choose pages or be fields. */
export interface PollWords {
  /** Process ids, files and the names of apps that are there. */
  readonly targets: readonly string[]
  readonly fieldTexts: readonly string[]
  readonly unknown: UnknownWords
  /** With `--wait`, where the first word is neither an app nor a metric yet, and may become either: what to say meanwhile. */
  readonly awaited?: string
}

/** What to say of words that are neither apps nor metrics. */
export interface UnknownWords {
  /** Whether a word may also be the name of an app. */
  mayBeApp(text: string): boolean
  /** The error for a word that is meant as an app: the nearest name is that of one, not that of a metric. */
  asApp(text: string, metrics: readonly string[]): PlimsollError | undefined
}

/** Pids, files and the names of apps that are there choose pages; all else is a field. */
export function sortWords(args: Arguments, { clock }: Context): PollWords {
  const isTarget = (word: string): boolean =>
    /^\d+$/.test(word) || word.endsWith('.page') || word.endsWith('.mmstats') || /^\.{0,2}\//.test(word)
  const others = args.words.filter((word) => !isTarget(word))
  const everything = selectionOf(args, [], clock)
  const apps = new Set(others.length === 0 ? [] : everything.apps())
  const fieldTexts = others.filter((word) => !apps.has(word))
  const targets = args.words.filter((word) => isTarget(word) || apps.has(word))
  const hasPrefix = args.values.has('prefix')
  const mayBeApp = (text: string): boolean => !hasPrefix && fieldTexts.includes(text) && !/[{}*?,]/.test(text)
  const unknown: UnknownWords = {
    mayBeApp,
    asApp: (text, metrics) => {
      const known = [...metrics, ...apps]
      const isMeant = mayBeApp(text) && suggestion(text, known) !== '' && apps.has(nearest(text, known))
      return isMeant ? everything.notFound(text) : undefined
    },
  }
  // Where no word chooses pages yet, the first is likely the app; but most names with a dot are those of metrics.
  const [first] = targets.length === 0 ? fieldTexts : []
  const isAwaited = (word: string): boolean => {
    if (!args.flags.has('wait') || !mayBeApp(word) || word.includes('.')) return false
    const { snapshots } = everything.read({}, true)
    const metrics = [...new Set(snapshots.flatMap(({ families }) => families.map(({ name }) => name)))]
    const selectors = parseFields(word).flatMap((field) => field.selectors)
    if (selectors.some((one) => findFamilies(one, new Set(metrics)) !== undefined)) return false
    return unknown.asApp(word, metrics) !== undefined || selectors.every((one) => similarMetric(one, metrics) === '')
  }
  const awaited =
    first !== undefined && isAwaited(first)
      ? `waiting for "${first}": no app and no metric has this name yet. ${suggestion(first, [...apps])}`.trimEnd()
      : undefined
  everything.close()
  return { targets, fieldTexts, unknown, ...(awaited !== undefined && { awaited }) }
}
