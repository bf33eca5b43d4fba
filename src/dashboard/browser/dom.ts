/** What an element is made with: attributes, and listeners by `on…`. */
export type Properties = Readonly<Record<string, string | number | boolean | undefined | ((event: Event) => void)>>

/** A child: an element, or what becomes text and never markup. */
export type Child = Node | string | number | false | undefined

/** An element of HTML. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  properties: Properties = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(properties)) {
    if (typeof value === 'function') element.addEventListener(name.slice(2), value)
    else if (value === true) element.setAttribute(name, '')
    else if (value !== undefined && value !== false) element.setAttribute(name, String(value))
  }
  add(element, children)
  return element
}

/** Puts children in place of what an element has. */
export function fill(element: Element, ...children: readonly Child[]): void {
  element.replaceChildren()
  add(element, children)
}

function add(element: Element, children: readonly Child[]): void {
  for (const child of children)
    if (child !== undefined && child !== false) element.append(typeof child === 'number' ? String(child) : child)
}

/** The same where most are there already: what stays in place keeps the focus, and what moves gets it back. */
export function arrange(element: Element, children: readonly Element[]): void {
  const wanted = new Set(children)
  const focused = document.activeElement
  for (const old of [...element.children]) if (!wanted.has(old)) old.remove()
  for (const [i, child] of children.entries())
    if (element.children[i] !== child) element.insertBefore(child, element.children[i] ?? null)
  if (focused instanceof HTMLElement && focused !== document.activeElement && element.contains(focused))
    focused.focus({ preventScroll: true })
}

/** Sets a text only where it differs: what did not change costs no layout. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text
}

/** A name from outside: whatever its writing direction, it does not reorder what stands around it. */
export function name(text: string, className = 'name'): HTMLElement {
  return h('bdi', { class: className, title: text.length > 40 ? text : undefined }, text.slice(0, 300))
}
