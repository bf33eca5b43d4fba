/**
 * The script of live pages, as the browser gets it. It loads the page again after each answer, never two at a time and never
 * while the page is hidden, and takes over what has changed; what is folded stays so. The filter applies while it is typed.
 */
export const script: string = `
'use strict'
const waitMs = 1000
const form = document.querySelector('form[role=search]')
const field = form?.elements.filter
const folds = JSON.parse(sessionStorage.getItem('folds') ?? '{}')
const live = document.createElement('button')
live.type = 'button'
live.className = 'refresh'
document.querySelector('footer').prepend(live)
let paused = false
let timer
let typing
let shown = location.href
function show(state) {
  document.documentElement.dataset.state = state
  live.textContent = { live: 'Live', paused: 'Paused', lost: 'No answer' }[state]
  live.title = paused ? 'Continue' : 'Pause'
}
function applyFolds(root) {
  for (const details of root.querySelectorAll('details[id]'))
    if (Object.hasOwn(folds, details.id)) details.open = folds[details.id]
}
function patch(old, next) {
  if (old.isEqualNode(next)) return
  const isSame = old.nodeType === 1 && old.nodeName === next.nodeName && old.id === next.id
  if (!isSame || old.nodeName.toLowerCase() === 'svg') return old.replaceWith(next)
  for (const { name, value } of [...next.attributes])
    if (old.getAttribute(name) !== value) old.setAttribute(name, value)
  for (const { name } of [...old.attributes])
    if (!next.hasAttribute(name) && name !== 'open') old.removeAttribute(name)
  const known = new Map([...old.children].filter((child) => child.id).map((child) => [child.id, child]))
  let at = old.firstChild
  for (const child of [...next.childNodes]) {
    const same = child.id ? known.get(child.id) : at?.nodeType === child.nodeType && !at.id ? at : undefined
    if (same === undefined) {
      old.insertBefore(child, at)
      continue
    }
    if (same !== at) old.insertBefore(same, at)
    at = same.nextSibling
    if (same.nodeType === 1) patch(same, child)
    else if (same.data !== child.data) same.data = child.data
  }
  while (at !== null) {
    const next = at.nextSibling
    at.remove()
    at = next
  }
}
async function load() {
  clearTimeout(timer)
  if (document.hidden) return
  const wanted = shown
  try {
    const answer = await fetch(wanted, { headers: { accept: 'text/html' }, signal: AbortSignal.timeout(15000) })
    if (wanted !== shown) return
    // A page says itself that nothing is there, or what is wrong with the filter.
    if (!answer.headers.get('content-type')?.startsWith('text/html')) throw new Error(String(answer.status))
    const next = new DOMParser().parseFromString(await answer.text(), 'text/html')
    if (wanted !== shown) return
    const main = next.querySelector('main')
    applyFolds(main)
    const selection = getSelection()
    if (selection.isCollapsed || !document.querySelector('main').contains(selection.anchorNode)) {
      patch(document.querySelector('main'), main)
      patch(document.querySelector('footer p'), next.querySelector('footer p'))
      patch(document.querySelector('footer nav'), next.querySelector('footer nav'))
    }
    show(paused ? 'paused' : 'live')
  } catch {
    if (wanted === shown) show('lost')
  }
  if (!paused && wanted === shown) timer = setTimeout(load, waitMs)
}
live.addEventListener('click', () => {
  paused = !paused
  show(paused ? 'paused' : 'live')
  if (paused) clearTimeout(timer)
  else load()
})
document.addEventListener('visibilitychange', () => paused || load())
document.addEventListener('toggle', ({ target }) => {
  folds[target.id] = target.open
  sessionStorage.setItem('folds', JSON.stringify(folds))
}, true)
function apply() {
  const url = new URL(shown)
  if (field.value.trim() === '') url.searchParams.delete('filter')
  else url.searchParams.set('filter', field.value)
  url.searchParams.delete('query')
  if (url.href === shown) return
  shown = url.href
  history.replaceState(null, '', shown)
  load()
}
field?.addEventListener('input', () => {
  clearTimeout(typing)
  typing = setTimeout(apply, 200)
})
form?.addEventListener('submit', (event) => {
  event.preventDefault()
  clearTimeout(typing)
  apply()
})
document.addEventListener('keydown', (event) => {
  if (event.key !== '/' || event.target === field || event.ctrlKey || event.metaKey || event.altKey) return
  event.preventDefault()
  field?.select()
})
applyFolds(document)
show('live')
timer = setTimeout(load, waitMs)
`
