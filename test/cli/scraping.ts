import { once } from 'node:events'
import { type IncomingHttpHeaders, request } from 'node:http'
import type { TestContext } from 'node:test'
import { type Following, follow } from './processes.ts'

/** A `plimsoll scrape` on a free port, and its URL. */
export async function scraping(t: TestContext, ...args: string[]): Promise<Following & { readonly url: string }> {
  const following = follow(t, 'scrape', '--port', '0', ...args)
  return { ...following, url: await following.next() }
}

export interface Answer {
  readonly status: number | undefined
  readonly type: string | undefined
  readonly text: string
}

/** One request on a connection of its own, with just these headers. */
export async function ask(
  url: string,
  headers: Readonly<Record<string, string>> = {},
  method = 'GET',
): Promise<Answer> {
  const asked = request(url, { method, headers, agent: false })
  asked.end()
  const [answer] = await once(asked, 'response')
  let text = ''
  for await (const piece of answer.setEncoding('utf8')) text += piece
  return { status: answer.statusCode, type: answer.headers['content-type'], text }
}

/** The lines of a metric. */
export function linesOf({ text }: Answer, metric: string): string[] {
  return text.split('\n').filter((line) => line.startsWith(metric))
}

/** The bytes of an answer as they came, and its headers. */
export async function askBytes(
  url: string,
  headers: Readonly<Record<string, string>>,
): Promise<{ readonly bytes: Buffer; readonly headers: IncomingHttpHeaders }> {
  const asked = request(url, { headers, agent: false })
  asked.end()
  const [answer] = await once(asked, 'response')
  const pieces: Buffer[] = []
  for await (const piece of answer) pieces.push(piece)
  return { bytes: Buffer.concat(pieces), headers: answer.headers }
}
