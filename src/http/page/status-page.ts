import { durationText } from '../../formats/table/durations.ts'
import { wholeNumber } from '../../formats/table/human-number.ts'
import { conflictReasons, conflictText } from '../../snapshot/conflicts.ts'
import { uptime } from '../../snapshot/page-state.ts'
import type { PageInfo, PageState, Snapshot } from '../../snapshot/snapshot.ts'
import { type Branch, branchesOf, partsOf } from './branches.ts'
import { type BlockContext, familyBlock } from './family-block.ts'
import type { History } from './history.ts'
import { type Html, html } from './html.ts'
import { layout } from './layout.ts'

/** What a status page shows. */
export interface StatusView {
  /** What is below the path and fits the filter. */
  readonly snapshot: Snapshot
  readonly title: string
  /** The parts of the name of the branch. */
  readonly path: readonly string[]
  readonly filter: string
  /** Whether any metric is below the path. */
  readonly isFound: boolean
  /** Whether series are those of processes; `undefined` where the source cannot distinguish them. */
  readonly byWorker: boolean | undefined
  readonly canProfile: boolean
  /** In front of all links: where the handler is mounted. */
  readonly prefix: string
  readonly history: History
  /** What could not be read, or is wrong with the filter. */
  readonly messages: readonly string[]
}

/** The most rows of a metric among others, of a metric that has a page to itself, and of a page. */
const maxSeries = { among: 12, alone: 300 }
const maxRows = 400
/** Where there are more series, only the first level is unfolded. */
const maxUnfolded = 100
/** Processes that are listed at once. */
const maxUnfoldedPages = 8
const maxPages = 200

/** The status page of a snapshot: complete as it is, and kept up to date by a script. */
export function statusPage(view: StatusView): string {
  const { snapshot, title, path } = view
  const name = path.join('.')
  const body = html`${headerOf(view)}<main id="main">${messagesOf(view)}${processesOf(snapshot)}${metricsOf(view)}</main>${footerOf(view)}`
  return layout({ title: name === '' ? title : `${name} · ${title}`, isLive: true, body })
}

/** The address of a branch or of something else below the mount point, with what the page was asked for. */
function hrefOf(view: StatusView, path: readonly string[], changes: Readonly<Record<string, string>> = {}): string {
  const { filter, byWorker, prefix } = view
  const query = new URLSearchParams({ ...(filter !== '' && { filter }), ...(byWorker && { by: 'worker' }), ...changes })
  for (const [name, value] of Object.entries(changes)) if (value === '') query.delete(name)
  const end = path.length === 0 ? '' : `${path.map(encodeURIComponent).join('/')}/`
  return `${prefix}/${end}${query.size === 0 ? '' : `?${query}`}`
}

function headerOf(view: StatusView): Html {
  const { title, path, filter, byWorker } = view
  const crumbs = path.map(
    (part, i) =>
      html`<span>/</span><a href="${hrefOf(view, path.slice(0, i + 1), { filter: '' })}"><bdi>${part}</bdi></a>`,
  )
  const by = byWorker === true && html`<input type="hidden" name="by" value="worker">`
  return html`<header class="top"><h1><a href="${hrefOf(view, [], { filter: '' })}"><bdi>${title}</bdi></a>${crumbs}</h1><form method="get" role="search"><input type="search" name="filter" value="${filter}" placeholder="http.*   latency.p99 > 500ms   errors" aria-label="Filter metrics" maxlength="500" autocomplete="off" spellcheck="false">${by}<button>Filter</button></form></header>`
}

function messagesOf({ snapshot, messages }: StatusView): Html | false {
  const all = [...messages, ...conflictReasons(snapshot).map(conflictText)]
  return all.length > 0 && html`<ul class="messages">${all.map((message) => html`<li>${message}</li>`)}</ul>`
}

const states: readonly PageState[] = ['live', 'blocked', 'exited', 'killed', 'archived']

function processesOf({ pages, takenAt }: Snapshot): Html {
  const counts = states.map((state) => [state, pages.filter((page) => page.state === state).length] as const)
  const found = counts.filter(([, count]) => count > 0)
  const pills = found.map(([state, count]) => html`<span class="${`state ${state}`}">${count} ${state}</span>`)
  const rows = pages.slice(0, maxPages).map((page) => processRow(page, takenAt))
  const more = pages.length > maxPages && html`<p class="more">${pages.length - maxPages} more</p>`
  return html`<details class="processes" id="processes"${raw(pages.length <= maxUnfoldedPages)}><summary><h2>Processes</h2> ${pills}</summary><div class="scroll"><table><thead><tr><th scope="col">pid</th><th scope="col">thread</th><th scope="col" class="left">state</th><th scope="col">up</th><th scope="col">heartbeat</th><th scope="col" class="left wide">host</th></tr></thead><tbody>${rows}</tbody></table>${more}</div></details>`
}

function processRow(page: PageInfo, takenAt: number): Html {
  const { pid, tid, state, heartbeatAge, host, worker } = page
  const beat = heartbeatAge === null ? '-' : `${durationText(heartbeatAge)} ago`
  if (state === 'archived')
    return html`<tr><td></td><td></td><td class="left"><span class="state archived">archived</span></td><td></td><td></td><td class="left wide">totals of ended processes</td></tr>`
  const thread = tid === 0 ? 'main' : String(tid)
  return html`<tr><td>${pid}</td><td>${thread}${worker !== undefined && html` <i>worker ${worker}</i>`}</td><td class="left"><span class="${`state ${state}`}">${state}</span></td><td>${durationText(uptime(page, takenAt))}</td><td>${beat}</td><td class="left wide"><bdi>${host}</bdi></td></tr>`
}

function metricsOf(view: StatusView): Html {
  const { snapshot, path, history } = view
  const { families, takenAt } = snapshot
  if (families.length === 0) return html`<p class="empty">${whyEmpty(view)}</p>`
  const root = branchesOf(snapshot)
  const alone = families.length === 1
  const context: BlockContext = {
    history,
    now: takenAt,
    maxSeries: alone ? maxSeries.alone : maxSeries.among,
    rowsLeft: maxRows,
    href: (to) => hrefOf(view, to),
  }
  return html`<div class="metrics">${contentOf(root, path.length === 0 || root.series <= maxUnfolded, context)}</div>`
}

function whyEmpty({ snapshot, filter, isFound, byWorker }: StatusView): Html | string {
  // Only a fleet can tell processes apart.
  if (byWorker !== undefined && snapshot.pages.length === 0)
    return html`No process publishes under this name yet. Call <code>publish()</code> in the app, or start it with <code>--require plimsoll/register</code>.`
  if (!isFound) return 'No metric has this path.'
  if (filter === '') return 'No metrics yet.'
  return html`Nothing matches <code>${filter}</code>. A filter is a part of a name, such as <code>requests</code>, or a comparison, such as <code>*.p99 &gt; 500ms</code>.`
}

function contentOf(branch: Branch, isOpen: boolean, context: BlockContext): Html {
  const shown = branch.families.map(({ name, family }) => {
    return context.rowsLeft > 0 && familyBlock(name, family, partsOf(family.name), context)
  })
  const hidden = shown.filter((block) => block === false).length
  const more =
    hidden > 0 &&
    html`<p class="more"><a href="${context.href(branch.path)}">${wholeNumber(String(hidden))} more metrics</a></p>`
  return html`${shown}${more}${branch.branches.map((below) => branchBlock(below, isOpen, context))}`
}

/** Folded, where it is not open, with what is in it. Where the page has no room for more, a link. */
function branchBlock(branch: Branch, isOpen: boolean, context: BlockContext): Html {
  const { name, path, series } = branch
  const id = `b-${path.join('.')}`
  const count = html`<span class="count">${wholeNumber(String(series))} series</span>`
  const href = context.href(path)
  if (context.rowsLeft <= 0)
    return html`<section class="branch" id="${id}"><h2><a href="${href}">${name}</a></h2> ${count}</section>`
  return html`<details class="branch" id="${id}"${raw(isOpen)}><summary><h2>${name}</h2> ${count}<a class="open" href="${href}">open</a></summary>${contentOf(branch, isOpen, context)}</details>`
}

/** The attribute that unfolds. */
function raw(isOpen: boolean): Html | false {
  return isOpen && html` open`
}

function footerOf(view: StatusView): Html {
  const { path, byWorker, prefix, canProfile, snapshot } = view
  const formats = ['json', 'prettyjson', 'prometheus', 'openmetrics']
  const links = formats.map((format) => html`<a href="${hrefOf(view, path, { format })}">${format}</a>`)
  const by =
    byWorker !== undefined &&
    html`<a href="${hrefOf(view, path, { by: byWorker ? '' : 'worker' })}">${byWorker ? 'add processes up' : 'by worker'}</a>`
  const profile =
    canProfile && html`<a href="${prefix}/profile">profile</a><a href="${prefix}/blocked">what runs now</a>`
  const time = new Date(snapshot.takenAt * 1000).toISOString()
  return html`<footer><nav>${by}${links}${profile}</nav><p>Read <time datetime="${time}">${time.slice(11, 19)} UTC</time></p></footer>`
}
