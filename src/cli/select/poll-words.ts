import type { PlimsollError } from '../../errors.ts'
import { nearest, suggestion } from '../../nearest.ts'
import type { Arguments } from '../arguments.ts'
import type { Context } from '../result.ts'
import { selectionOf } from './selection.ts'

/** The words of a command line that may choose pages or be fields. */
export interface PollWords {
  /** Process ids, files and the names of apps that are there. */
  readonly targets: readonly string[]
  readonly fieldTexts: readonly string[]
  readonly unknown: UnknownWords
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
  everything.close()
  const fieldTexts = others.filter((word) => !apps.has(word))
  const hasPrefix = args.values.has('prefix')
  const mayBeApp = (text: string): boolean => !hasPrefix && fieldTexts.includes(text) && !/[{}*?,]/.test(text)
  return {
    targets: args.words.filter((word) => isTarget(word) || apps.has(word)),
    fieldTexts,
    unknown: {
      mayBeApp,
      asApp: (text, metrics) => {
        const known = [...metrics, ...apps]
        const isMeant = mayBeApp(text) && suggestion(text, known) !== '' && apps.has(nearest(text, known))
        return isMeant ? everything.notFound(text) : undefined
      },
    },
  }
}
