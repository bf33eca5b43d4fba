import { type Html, html } from '../page/html.ts'
import { layout } from '../page/layout.ts'
import { type CpuProfile, type Frame, framesOf, topFunctions } from './cpu-profile.ts'
import { maxProfileSeconds } from './main-thread.ts'
import type { StackFrame } from './stack.ts'

const graphWidth = 1200
const rowHeight = 18
const narrowest = 2
const characterWidth = 6.7
const maxDepth = 60
const maxFunctions = 30

/** The form that starts a profile: nothing runs before it is sent. */
export function profileForm(prefix: string): string {
  const body = html`${heading(prefix, 'CPU profile')}<main><div class="plain"><p>Samples the main thread each millisecond. Works while it is blocked by JavaScript, and costs it a few percent while it runs.</p>${form(prefix, 5)}</div></main>`
  return layout({ title: 'CPU profile', isLive: false, body })
}

/** Where the time went: the functions with the most, and a flame graph. */
export function profilePage(profile: CpuProfile, prefix: string, seconds: number, download: string): string {
  const frames = framesOf(profile)
  const all = frames.reduce((sum, { total }) => sum + total, 0)
  const idle = frames.find(({ name }) => name === '(idle)')?.total ?? 0
  const rows = topFunctions(frames, maxFunctions).map(
    ({ name, place, self, total }) =>
      html`<tr><td>${share(self, all)}</td><td>${share(total, all)}</td><td><code><b>${name}</b> <i>${place}</i></code></td></tr>`,
  )
  const table = html`<table><thead><tr><th>self</th><th>total</th><th>function</th></tr></thead><tbody>${rows}</tbody></table>`
  const busy = html`<p>The main thread was busy for ${share(all - idle, all)} of ${(all / 1e6).toFixed(1)} s. <a href="${download}" download>Download .cpuprofile</a> for Chrome DevTools or speedscope.</p>`
  const body = html`${heading(prefix, 'CPU profile')}<main><div class="plain">${busy}${form(prefix, seconds)}</div><div class="plain"><h2>Flame graph</h2><div class="scroll">${flameGraph(frames)}</div></div><div class="plain"><h2>Functions by their own time</h2>${rows.length > 0 ? table : html`<p>It was idle all the time.</p>`}</div></main>`
  return layout({ title: 'CPU profile', isLive: false, body })
}

/** Where there is no stack. */
export const idle = 'The event loop is idle: it waits for events.'

/** What holds the event loop. */
export function stackPage(stack: readonly StackFrame[], prefix: string): string {
  const frames = stack.map(({ name, place }) => html`<li><code><b>${name}</b> <i>${place}</i></code></li>`)
  const content =
    stack.length === 0
      ? html`<p>${idle}</p>`
      : html`<p>The main thread is in these calls, the innermost first:</p><ol class="stack">${frames}</ol>`
  const body = html`${heading(prefix, 'What runs now')}<main><div class="plain">${content}<p><a href="${prefix}/blocked">Look again</a></p></div></main>`
  return layout({ title: 'What runs now', isLive: false, body })
}

function heading(prefix: string, title: string): Html {
  return html`<header class="top"><h1><a href="${prefix}/">status</a><span>/</span>${title}</h1></header>`
}

function form(prefix: string, seconds: number): Html {
  return html`<form method="get" action="${prefix}/profile"><label>Seconds <input type="number" name="seconds" value="${seconds}" min="0.1" max="${maxProfileSeconds}" step="any"></label><button>Profile</button></form>`
}

function share(time: number, all: number): string {
  return all > 0 ? `${((time / all) * 100).toFixed(1)} %` : '0 %'
}

/** Callers above what they call, as wide as their time. Idle time is left out. */
function flameGraph(frames: readonly Frame[]): Html {
  const busy = frames.filter(({ name }) => name !== '(idle)')
  const all = busy.reduce((sum, { total }) => sum + total, 0)
  if (all === 0) return html`<p>Nothing ran.</p>`
  const boxes: Html[] = []
  let depth = 0
  const draw = (row: readonly Frame[], left: number, level: number): void => {
    let x = left
    for (const frame of row) {
      const width = (frame.total / all) * graphWidth
      if (width >= narrowest) {
        depth = Math.max(depth, level + 1)
        boxes.push(box(frame, x, level, width, all))
        if (level + 1 < maxDepth) draw(frame.children, x, level + 1)
      }
      x += width
    }
  }
  draw(busy, 0, 0)
  return html`<svg class="flame" viewBox="0 0 ${graphWidth} ${depth * rowHeight}" role="img" aria-label="Flame graph">${boxes}</svg>`
}

function box({ name, place, total }: Frame, x: number, level: number, width: number, all: number): Html {
  const y = level * rowHeight
  const room = Math.floor((width - 6) / characterWidth)
  const text = name.length <= room ? name : `${name.slice(0, Math.max(0, room - 1))}…`
  const fill = place === '' || place.startsWith('node:') ? 'fi' : `f${hash(name) % 5}`
  return html`<g><title>${name} ${place}: ${share(total, all)}</title><rect class="${fill}" x="${x.toFixed(1)}" y="${y}" width="${width.toFixed(1)}" height="${rowHeight}"/>${
    room >= 3 && html`<text x="${(x + 3).toFixed(1)}" y="${y + 13}">${text}</text>`
  }</g>`
}

function hash(text: string): number {
  let value = 0
  for (const character of text) value = (value * 31 + (character.codePointAt(0) ?? 0)) >>> 0
  return value
}
