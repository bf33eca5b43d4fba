import { createHash } from 'node:crypto'
import { type Html, html, raw } from './html.ts'
import { script } from './script.ts'
import { style } from './style.ts'

/** What pages have in common. */
export interface Layout {
  readonly title: string
  /** Kept up to date by the script; without scripts, the browser loads it again. */
  readonly isLive: boolean
  readonly body: Html
}

/** Seconds until a browser without scripts loads a live page again. */
const reloadSeconds = 10

/** A whole page, with all that it needs in itself. */
export function layout({ title, isLive, body }: Layout): string {
  const live = isLive && html`<noscript><meta http-equiv="refresh" content="${reloadSeconds}"></noscript>`
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${title}</title><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><link rel="icon" href="data:,">${live}<style>${raw(style)}</style></head><body>${body}${isLive && html`<script>${raw(script)}</script>`}</body></html>
`.html
}

/**
 * What the page may do: its own style and script, recognised by their hashes, requests to where it came from, and nothing
 * else. Text of metrics can neither run nor load anything, even if it got past the escaping.
 */
export const securityHeaders: Readonly<Record<string, string>> = {
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy': [
    "default-src 'none'",
    `style-src ${hashOf(style)}`,
    `script-src ${hashOf(script)}`,
    "connect-src 'self'",
    'img-src data:',
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'Cross-Origin-Opener-Policy': 'same-origin',
}

function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`
}
