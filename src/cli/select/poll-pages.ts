import type { PlimsollError } from '../../errors.ts'
import type { PageInfo } from '../../snapshot/snapshot.ts'
import type { Arguments } from '../arguments.ts'
import { type Context, type Result, result } from '../result.ts'
import { type Field, parseFields } from './field.ts'
import { PageFilter } from './page-filter.ts'
import { pageOf } from './page-snapshots.ts'
import { type PollWords, sortWords } from './poll-words.ts'
import { type Selected, type Selection, selectionOf } from './selection.ts'

/** What the words of a command line choose, as far as that is known by now. */
export interface PollPages {
  readonly words: PollWords
  readonly fields: readonly Field[]
  readonly selection: Selection
  /** The pages as they are when it is called. */
  read(): Chosen
  readonly atStart: Chosen
}

/** What of a selection the filters leave. */
export interface Chosen extends Selected {
  /** The files of pages that fit no filter. */
  readonly ignored: readonly string[]
}

/** Reads the pages and fields of a command line. Throws PLIMSOLL_OPTION_INVALID. */
export function openPollPages(args: Arguments, context: Context): PollPages {
  const words = sortWords(args, context)
  const prefix = args.values.get('prefix')?.at(-1) ?? ''
  const fields = words.fieldTexts.flatMap((text) => parseFields(text, prefix))
  const filter = new PageFilter(args.values.get('filter') ?? [])
  const selection = selectionOf(args, words.targets, context.clock)
  // All of a recording, unless a time says where to begin.
  if (!args.values.has('at')) selection.recording?.at(selection.recording.from)
  const read = (): Chosen => choose(selection.read(), filter)
  return { words, fields, selection, read, atStart: read() }
}

/** Whether there is something to show, and nothing that the words may mean is waited for. */
export function isThere({ words, atStart }: PollPages): boolean {
  return words.awaited === undefined && atStart.snapshots.length > 0
}

/** Why there is nothing to show. */
export function whyNothing({ selection, atStart }: PollPages): readonly (PlimsollError | string)[] {
  const { snapshots, failures, ignored } = atStart
  if (snapshots.length > 0) return []
  if (failures.length > 0) return failures.map(({ error }) => error)
  return [ignored.length > 0 ? 'no page has what --filter chooses.' : selection.nothingHere()]
}

/** Waits until there is something to show: only then it is known which words are apps. Returns what is there at the end. */
export async function* untilThere(
  begun: PollPages,
  args: Arguments,
  context: Context,
  intervalMs: number,
): AsyncGenerator<Result, PollPages> {
  const why = whyNothing(begun).map((one) => (typeof one === 'string' ? one : one.message))
  const { awaited } = begun.words
  const { recording } = begun.selection
  yield result('', [...why, ...(awaited === undefined ? [] : [awaited])])
  let pages = begun
  for await (const _ of begun.selection.beats(intervalMs, context.signal)) {
    if (recording === undefined) {
      pages.selection.close()
      pages = openPollPages(args, context)
    } else pages = { ...pages, atStart: pages.read() }
    if (isThere(pages)) break
  }
  return pages
}

function choose({ snapshots, retained, failures }: Selected, filter: PageFilter): Chosen {
  const chosen = new Set(filter.choose(snapshots))
  const ignored = snapshots.filter((snapshot) => !chosen.has(snapshot)).map((snapshot) => pageOf(snapshot).file ?? '')
  return { snapshots: [...chosen], retained, failures, ignored }
}

/** Those who write the pages; an archive has none. */
export function writersOf({ snapshots }: Selected): PageInfo[] {
  return snapshots.map(pageOf).filter(({ state }) => state !== 'archived')
}
