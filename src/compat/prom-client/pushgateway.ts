import type { IncomingMessage, RequestOptions } from 'node:http'
import http from 'node:http'
import https from 'node:https'
import { urlToHttpOptions } from 'node:url'
import { gzipSync } from 'node:zlib'
import { type AnyRegistry, Registry } from './registry.ts'

/** Options of a Pushgateway: those of requests, and one of its own. */
export interface PushgatewayOptions extends RequestOptions {
  /** Whether a push without `jobName` throws. @default true */
  requireJobName?: boolean
}

/** Which group of metrics is meant. */
export interface PushParameters {
  /** The job. */
  jobName?: string
  /** Further labels of the group. */
  groupings?: Record<string, string>
}

/** The answer of a Pushgateway. */
export interface PushResult {
  /** The response. */
  resp?: unknown
  /** Its text. */
  body?: unknown
}

/** Sends the metrics of a registry to a Pushgateway, or removes a group there. */
export class Pushgateway<_T = unknown> {
  private readonly url: string
  private readonly requiresJobName: boolean
  private readonly options: RequestOptions
  private readonly registry: AnyRegistry

  /**
   * @param url of the gateway, with a path where it has one.
   * @param options of each request, or the registry.
   * @param registry default: `register`.
   */
  constructor(url: string, options?: PushgatewayOptions | AnyRegistry | null, registry?: AnyRegistry) {
    const given = options instanceof Registry ? options : undefined
    const { requireJobName = true, ...requestOptions } = (given ? {} : (options ?? {})) as PushgatewayOptions
    this.url = url
    this.requiresJobName = requireJobName
    this.options = requestOptions
    this.registry = given ?? registry ?? Registry.globalRegistry
  }

  /** Adds metrics to a group, or replaces those of the same names. Throws without `jobName`. */
  pushAdd(params: PushParameters = {}): Promise<PushResult> {
    return this.send('POST', params)
  }

  /** Replaces all metrics of a group. Throws without `jobName`. */
  push(params: PushParameters = {}): Promise<PushResult> {
    return this.send('PUT', params)
  }

  /** Removes all metrics of a group. Throws without `jobName`. */
  delete(params: PushParameters = {}): Promise<PushResult> {
    return this.send('DELETE', params)
  }

  private send(method: string, { jobName, groupings }: PushParameters): Promise<PushResult> {
    if (this.requiresJobName && !jobName) throw new Error('Missing jobName parameter')
    return this.request(method, targetOf(this.url, jobName, groupings))
  }

  private request(method: string, target: URL): Promise<PushResult> {
    const options: RequestOptions = { ...urlToHttpOptions(target), ...this.options, method }
    const { 'Content-Encoding': encoding, ...headers } = (options.headers ?? {}) as Record<string, string>
    if (method === 'DELETE' && options.headers !== undefined) options.headers = headers
    return new Promise((resolve, reject) => {
      const respond = (resp: IncomingMessage): void => {
        takeBody(resp, (body) => {
          if ((resp.statusCode ?? 0) < 400) resolve({ resp, body })
          else reject(new Error(`push failed with status ${resp.statusCode}, ${body}`))
        })
      }
      const request = (target.protocol === 'https:' ? https : http).request(options, respond)
      request.on('error', reject)
      request.on('timeout', () => request.destroy(new Error('Pushgateway request timed out')))
      const send = (text: string): void => {
        request.write(encoding === 'gzip' ? gzipSync(text) : text)
        request.end()
      }
      if (method === 'DELETE') request.end()
      else this.registry.metrics().then(send).catch(reject)
    })
  }
}

function targetOf(url: string, job: string | undefined, groupings: Record<string, string> = {}): URL {
  const target = new URL(url)
  const pairs = job ? Object.entries({ job, ...groupings }) : []
  const path = pairs.map(([name, text]) => `/${encodeURIComponent(name)}/${encodeURIComponent(text)}`).join('')
  target.pathname = `${target.pathname === '/' ? '' : target.pathname}/metrics${path}`
  return target
}

function takeBody(resp: IncomingMessage, take: (body: string) => void): void {
  let body = ''
  resp.setEncoding('utf8')
  resp.on('data', (chunk: string) => {
    body += chunk
  })
  resp.on('end', () => take(body))
}
