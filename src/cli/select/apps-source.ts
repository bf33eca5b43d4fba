import { PlimsollError } from '../../errors.ts'
import type { ExpositionOptions } from '../../formats/exposition/options.ts'
import { AppMerger, publishedLabels } from '../../snapshot/merge/apps.ts'
import { labelled } from '../../snapshot/merge/by-worker.ts'
import { unreadableFamily, withFamilies, withProcesses } from '../../snapshot/process-families.ts'
import type { PageInfo, Snapshot, Source } from '../../snapshot/snapshot.ts'
import type { Arguments } from '../arguments.ts'
import type { Context, Report } from '../result.ts'
import { servedApps } from './join-pages.ts'
import { isNotFound } from './not-found.ts'
import { byApp } from './page-snapshots.ts'
import { type Selection, selectionOf } from './selection.ts'

/** Number of messages that are remembered, so that none is repeated with each read. */
const maxReported = 1000

/** All apps, or the selected ones, as one source. */
export class AppsSource implements Source {
  /** What the last read found, where something is missing. */
  comments: readonly string[] = []
  private readonly selection: Selection
  private readonly withLabels: boolean
  private readonly sums = new AppMerger()
  private readonly reported = new Set<string>()
  private report: Report = () => {}

  /** @param withLabels whether series also have the labels passed to publish(). */
  constructor(args: Arguments, { clock }: Context, withLabels = false) {
    this.withLabels = withLabels
    this.selection = selectionOf(args, args.words, clock, { compact: true, onWarning: (error) => this.tellOnce(error) })
  }

  /** Reports an argument or directory without pages now, and not only at a later read. */
  start(report: Report): Source {
    this.report = report
    try {
      this.read()
    } catch {
      // It was reported, and each read repeats it.
    }
    return this
  }

  readonly onLeftOut: NonNullable<ExpositionOptions['onLeftOut']> = ({ name, reason }) =>
    this.tellOnce(`left out ${name}: ${reason}.`, `left out ${name}`)

  read(): Snapshot {
    const { snapshots, failures } = this.selection.read()
    for (const { error } of failures) this.tellOnce(error)
    const [first] = failures
    // An empty snapshot would look like an app without metrics.
    if (snapshots.length === 0 && first !== undefined) throw first.error
    if (snapshots.length === 0) {
      this.tellOnce(this.selection.nothingHere())
      const directory = this.selection.directories.join(', ')
      throw new PlimsollError('PLIMSOLL_FLEET_EMPTY', { app: 'any app', directory })
    }
    this.comments = failures.map(({ error }) => error.message)
    for (const [app, pages] of byApp(snapshots)) for (const page of pages) this.sums.add(page, app)
    const { ended } = this.selection
    const apps = [...this.sums.end()].map(([app, sum]) => [app, this.completed(sum, ended)] as const)
    const unreadable = failures.filter((failure) => !isNotFound(failure)).length
    return withFamilies(servedApps(new Map(apps), this.selection.targets), [unreadableFamily(unreadable)])
  }

  /** The totals of an app, with metrics about its processes. */
  private completed(sum: Snapshot, ended: readonly PageInfo[]): Snapshot {
    const apps = new Set(sum.pages.map(({ app }) => app))
    const ofApp = ended.filter(({ app }) => apps.has(app))
    const snapshot = withProcesses(sum, undefined, ofApp)
    return this.withLabels ? labelled(snapshot, publishedLabels(sum.pages)) : snapshot
  }

  private tellOnce(message: PlimsollError | string, key: string = String(message)): void {
    if (this.reported.has(key)) return
    if (this.reported.size >= maxReported) this.reported.clear()
    this.reported.add(key)
    this.report(message)
  }
}
