import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Clock } from '../../clock.ts'
import { PlimsollError } from '../../errors.ts'
import type { DirectoryFleet } from '../../fleet/directory-fleet.ts'
import { fleetOfAll } from '../../fleet/fleet.ts'
import type { FleetOptions } from '../../fleet/fleet-options.ts'
import { openFile } from '../../fleet/open-file.ts'
import { listMmstats, listUnfinished, mmstatsIn, unfinishedIn } from '../../mmstats/glob.ts'
import { fileSuffix } from '../../mmstats/layout.ts'
import { isMmstatsPlaceGiven } from '../../mmstats/names.ts'
import { suggestion } from '../../nearest.ts'
import { pageSuffix } from '../../page/layout.ts'
import { OpenPages, type PageFailure, type SelectionOf } from '../../page/read/open-pages.ts'
import type { Recording } from '../../recording/recording.ts'
import { beats } from '../../schedule.ts'
import type { Selection as MetricSelection } from '../../snapshot/selector-type.ts'
import type { PageInfo, Snapshot } from '../../snapshot/snapshot.ts'
import type { Arguments } from '../arguments.ts'
import { nobodyPublishes } from './nobody-publishes.ts'
import { countedOnce, pageOf } from './page-snapshots.ts'
import { recordedBeats, recordingOf } from './recorded.ts'

/** The result of reading a selection. */
export interface Selected {
  /** One snapshot a page, and one for each archive. */
  readonly snapshots: readonly Snapshot[]
  /** Pages whose numbers are in an archive and that stay for a while. */
  readonly retained: readonly string[]
  /** What could not be read, or not to its end: a page, a directory, or a target that there is no page of. */
  readonly failures: readonly PageFailure[]
}

/** How the pages are read: `compact` and `onWarning` are for commands that go on and on. */
export type SelectionOptions = Pick<FleetOptions, 'compact' | 'onWarning'> & {
  readonly clock: Clock
  /** Read instead of the directories. */
  readonly recording?: Recording | undefined
}

/** For who wants the pages alone. Made once, as readers remember what a selection means by the object. */
export const noMetrics: MetricSelection = { families: [] }

/** Which pages a command line chooses, to be read as often as wanted. */
export class Selection {
  /** Process ids, apps and page files; none means all pages of the directories. */
  readonly targets: readonly string[]
  /** Without a directory, mmstats files are found by their own environment variables. */
  private readonly isDefault: boolean
  private readonly fleets: readonly DirectoryFleet[]
  /** Files that are in no fleet: those that are named, and those of mmstats. */
  private readonly files: OpenPages
  /** What is read in place of all these. */
  readonly recording: Recording | undefined
  private readonly given: readonly string[] | undefined
  /** All apps, once one was not found. */
  private known: readonly string[] | undefined
  /** That of the pages: of a recording, the one that stands at its moment. */
  readonly clock: Clock

  constructor(directories: readonly string[] | undefined, targets: readonly string[], options: SelectionOptions) {
    this.isDefault = directories === undefined
    this.targets = targets
    this.given = directories && [...new Set(directories.map((directory) => resolve(directory)))]
    const isWanted = (page: PageInfo): boolean =>
      targets.length === 0 || targets.some((target) => matches(page, target))
    this.fleets = (this.given ?? [undefined]).map((directory) => fleetOfAll(directory, options, isWanted))
    this.files = new OpenPages({ clock: options.clock }, openFile, true)
    const { recording } = options
    this.recording = recording
    this.clock =
      recording === undefined ? options.clock : { now: () => recording.now * 1000, unixTime: () => recording.time }
  }

  /** Absolute paths, in the order given, each once; a path may change when a writer makes its directory. */
  get directories(): readonly string[] {
    return this.fleets.map(({ directory }) => directory)
  }

  /**
   * The pages now, or at the moment at which the recording stands, or what is wanted of them, and what could not be read.
   * `isApart`: nobody adds them up, so it need not be tried whether they can be. Then `selectionOf` may choose by page.
   */
  read(metrics?: MetricSelection, isApart = false, selectionOf?: SelectionOf): Selected {
    const named = this.namedFiles()
    const all =
      this.recording === undefined
        ? this.readPlaces(named, metrics, isApart, selectionOf)
        : this.readMoment(this.recording, metrics)
    const { retained } = all
    if (this.targets.length === 0) return all
    const snapshots = all.snapshots.filter((one) => this.isWanted(pageOf(one), named))
    const failures = [...all.failures]
    for (const target of this.targets) {
      const found = this.isFile(target) || snapshots.some((one) => matches(pageOf(one), target))
      if (!found) failures.push({ file: target, error: this.notFound(target) })
    }
    return { snapshots: countedOnce(snapshots, retained), retained, failures }
  }

  private readPlaces(
    named: ReadonlySet<string>,
    metrics: MetricSelection | undefined,
    isApart: boolean,
    selectionOf: SelectionOf | undefined,
  ): Selected {
    const everything = this.targets.length === 0 || this.targets.some((target) => !this.isFile(target))
    const fleets = everything ? this.fleets : []
    const reads = fleets.map((each) => (isApart ? each.readApart(metrics, selectionOf) : each.readParts(metrics)))
    const parts = reads.flatMap((read) => read.parts)
    const retained = reads.flatMap((read) => read.retained)
    // Where nothing is found in any directory, the command says more about it.
    const failures = fleets
      .flatMap((each) => each.failures)
      .filter(({ error }) => error.code !== 'PLIMSOLL_FLEET_EMPTY')
    const known = new Set([...parts.map((part) => pageOf(part).file), ...failures.map(({ file }) => file)])
    const others = [...named, ...(everything && this.isDefault ? this.mmstatsFiles() : [])]
    if (this.isAnyNamed()) others.push(...retained)
    const read = this.files.read(
      others.filter((file) => !known.has(file)),
      metrics,
      { selectionOf, isWanted: (page) => this.isWanted(page, named) },
    )
    // One that stayed may have been removed in this instant.
    failures.push(...read.failures.filter(({ file }) => named.has(file) || !retained.includes(file)))
    return { snapshots: [...parts, ...read.snapshots], retained, failures }
  }

  /** What a recording has at its moment. */
  private readMoment(recording: Recording, metrics: MetricSelection | undefined): Selected {
    const { parts, retained } = recording.readParts(metrics)
    return {
      snapshots: this.isAnyNamed() ? [...parts, ...retained] : parts,
      retained: retained.map((one) => pageOf(one).file ?? ''),
      failures: recording.failures,
    }
  }

  /** Whether a process is named, whose page may be in an archive already. */
  private isAnyNamed(): boolean {
    return this.targets.some((target) => /^\d+$/.test(target))
  }

  /**
   * Pages that still exist though their numbers are in an archive, with the state in which they ended, but for those that `read`
   * returned as they were named; unreadable ones are left out.
   */
  readRetained({ snapshots, retained }: Omit<Selected, 'failures'>, metrics?: MetricSelection): readonly Snapshot[] {
    const named = this.namedFiles()
    const isWanted = (page: PageInfo): boolean => this.isWanted(page, named)
    const known = new Set(snapshots.map((one) => pageOf(one).file))
    const files = retained.filter((file) => !known.has(file))
    const recorded = this.recording?.readParts(metrics).retained.filter((one) => files.includes(pageOf(one).file ?? ''))
    const there = recorded ?? this.files.read(files, metrics, { isWanted }).snapshots
    return there.filter((one) => isWanted(pageOf(one)))
  }

  /** Whether a page is among the targets. */
  private isWanted(page: PageInfo, named: ReadonlySet<string>): boolean {
    if (this.targets.length === 0 || named.has(page.file ?? '')) return true
    return this.targets.some((target) => matches(page, target))
  }

  private namedFiles(): ReadonlySet<string> {
    return new Set(this.targets.filter((target) => this.isFile(target)).map((target) => this.locate(target)))
  }

  /** The processes of archived pages that still exist, as of the last `read`. */
  get ended(): readonly PageInfo[] {
    const recorded = this.recording?.readParts(noMetrics).retained.map(pageOf)
    if (recorded !== undefined) return recorded.filter((page) => this.isWanted(page, this.namedFiles()))
    return this.fleets.flatMap(({ ended }) => ended)
  }

  /** Whether a page is named by its process id or file, not only by its app. */
  isNamed({ file, pid }: PageInfo): boolean {
    return this.targets.some(
      (target) => target === String(pid) || (this.isFile(target) && this.locate(target) === file),
    )
  }

  /** Each interval from now on; of a recording, it stands at its next moments so far apart, and there is no waiting. */
  beats(intervalMs: number, signal: AbortSignal): AsyncIterable<void> {
    if (this.recording !== undefined) return recordedBeats(this.recording, intervalMs, signal)
    return beats({ intervalMs, clock: this.clock }, signal)
  }

  /** A message where there is nothing to show. */
  nothingHere(): string {
    const { directories, recording } = this
    if (recording !== undefined) return `the recording ${recording.file} has no such page at this time.`
    return nobodyPublishes(directories, this.isDefault)
  }

  /** The apps that there are, whatever the targets; of pages, only the headers are read. */
  apps(): string[] {
    const all = new Selection(this.given, [], { clock: this.clock, recording: this.recording })
    const { snapshots } = all.read(noMetrics, true)
    all.close()
    return [...new Set(snapshots.map((one) => pageOf(one).app))]
  }

  close(): void {
    for (const each of this.fleets) each.close()
    this.files.close()
  }

  /**
   * Files in the format of mmstats: those of the directories; where none are given, those that `$MMSTATS_GLOB` or
   * `$MMSTATS_PATH` names. Without these, anyone may write to where they would be.
   */
  mmstatsFiles(): string[] {
    return this.isDefault ? (isMmstatsPlaceGiven() ? listMmstats() : []) : this.directories.flatMap(mmstatsIn)
  }

  /** What writers of such files that died left over in the same places. */
  unfinishedMmstats(): string[] {
    return this.isDefault ? (isMmstatsPlaceGiven() ? listUnfinished() : []) : this.directories.flatMap(unfinishedIn)
  }

  /** Whether a word names a file, and not a process or an app: the name of an app may have a `/` in it, `@acme/shop`. */
  private isFile(target: string): boolean {
    if (target.endsWith(pageSuffix) || target.endsWith(fileSuffix)) return true
    return target.includes('/') && existsSync(this.locate(target))
  }

  /** A page file may be given by its path, or by its bare name in one of the directories. */
  private locate(target: string): string {
    const places = [resolve(target), ...this.directories.map((directory) => join(directory, target))]
    return places.find((place) => existsSync(place)) ?? resolve(target)
  }

  /** The error for a word that names no page, with the app that was likely meant. */
  notFound(given: string): PlimsollError {
    const directory = this.recording?.file ?? this.directories.join(', ')
    return new PlimsollError('PLIMSOLL_PAGE_NOT_FOUND', { given, suggestion: this.suggestionFor(given), directory })
  }

  /** What is there with a similar name; looked for once, as a command may wait for an app. */
  private suggestionFor(given: string): string {
    if (/^\d+$/.test(given)) return ''
    this.known ??= this.apps()
    return suggestion(given, this.known)
  }
}

/** The selection of a command line: its `--file` as of `--at`, its `--dir`s, else the default directory, and its words. */
export function selectionOf(
  args: Arguments,
  targets: readonly string[],
  clock: Clock,
  compaction: Omit<SelectionOptions, 'clock'> = {},
): Selection {
  return new Selection(args.values.get('dir'), targets, { clock, recording: recordingOf(args), ...compaction })
}

function matches({ pid, app }: PageInfo, target: string): boolean {
  return target === String(pid) || target === app
}
