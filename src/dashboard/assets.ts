import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { PlimsollError, reasonOf } from '../errors.ts'
import { type Body, bodyOf } from '../http/body.ts'

/** A file that the server has besides its data. */
export interface Asset {
  readonly body: Body
  readonly headers: Readonly<Record<string, string>>
}

const types: Readonly<Record<string, string>> = {
  'index.html': 'text/html; charset=utf-8',
  'main.mjs': 'text/javascript; charset=utf-8',
  'worker.mjs': 'text/javascript; charset=utf-8',
  'style.css': 'text/css; charset=utf-8',
}

/**
 * What the page may do: the scripts and styles of this server, requests to it, and nothing else. A text of a metric that got
 * past everything else could neither run nor load anything.
 */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  'trusted-types plimsoll',
].join('; ')

/** These never change, so they are compressed once, for all who load them. */
const level = 9

/** The files of the page, by name. Throws PLIMSOLL_SERVE_FAILED where they were not built. */
export function loadAssets(folder: URL, address: string): ReadonlyMap<string, Asset> {
  try {
    return new Map(
      Object.entries(types).map(([name, type]) => [name, assetOf(readFileSync(new URL(name, folder)), type)]),
    )
  } catch (cause) {
    const reason = `the files of the dashboard are not there, run "npm run build": ${reasonOf(cause)}`
    throw new PlimsollError('PLIMSOLL_SERVE_FAILED', { address, reason }, { cause })
  }
}

function assetOf(bytes: Buffer, type: string): Asset {
  const tag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`
  return {
    body: bodyOf(bytes, level),
    headers: {
      'Content-Type': type,
      'Content-Security-Policy': policy,
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Cache-Control': 'no-cache',
      ETag: tag,
    },
  }
}
