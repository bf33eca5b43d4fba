import assert from 'node:assert/strict'
import { appendFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { counter64, mmstats } from 'plimsoll/mmstats'
import { openRecording } from '#src/recording/recording.ts'
import { follow, newFolder, plimsoll, publisher } from '../cli/processes.ts'
import { ask } from '../cli/scraping.ts'

async function json<T>(url: string): Promise<{ readonly status: number | undefined; readonly data: T }> {
  const { status, text } = await ask(url)
  return { status, data: JSON.parse(text) }
}

/** A schema of OpenAPI, as far as ours use it. */
interface Schema {
  readonly type?: string | readonly string[]
  readonly anyOf?: readonly Schema[]
  readonly enum?: readonly unknown[]
  readonly items?: Schema
  readonly prefixItems?: readonly Schema[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: Schema
  readonly required?: readonly string[]
}

interface OpenApi {
  readonly openapi: string
  readonly paths: Readonly<
    Record<string, { get: { responses: { 200: { content: { 'application/json': { schema: Schema } } } } } }>
  >
}

const tests: Readonly<Record<string, (data: unknown) => boolean>> = {
  null: (data) => data === null,
  array: Array.isArray,
  integer: Number.isInteger,
  object: (data) => typeof data === 'object' && data !== null && !Array.isArray(data),
  string: (data) => typeof data === 'string',
  number: (data) => typeof data === 'number',
  boolean: (data) => typeof data === 'boolean',
}

function fits(schema: Schema, data: unknown): boolean {
  if (schema.anyOf !== undefined) return schema.anyOf.some((one) => fits(one, data))
  const types = [schema.type ?? []].flat()
  if (types.length > 0 && !types.some((type) => tests[type]?.(data))) return false
  if (schema.enum !== undefined && !schema.enum.includes(data)) return false
  if (Array.isArray(data)) return data.every((item, i) => fits(schema.prefixItems?.[i] ?? schema.items ?? {}, item))
  if (typeof data !== 'object' || data === null) return true
  const { properties = {}, required = [], additionalProperties = {} } = schema
  const isWhole = required.every((key) => key in data)
  return isWhole && Object.entries(data).every(([key, value]) => fits(properties[key] ?? additionalProperties, value))
}

describe('plimsoll serve', () => {
  test('answers as its OpenAPI document says, with the values of each process and sums of them', async (t) => {
    const folder = newFolder(t)
    const one = await publisher(t, folder, 'shop', 'count 3')
    const two = await publisher(t, folder, 'shop', 'count 5')
    await publisher(t, folder, 'mail', 'count 7')
    const serving = follow(t, 'serve', '--port', '0', '--dir', folder)
    const url = `${await serving.next()}api/v1`
    const { data: document } = await json<OpenApi>(`${url}/openapi.json`)
    assert.equal(document.openapi, '3.1.0')
    const names = (await json<string[]>(`${url}/stats`)).data
    const name = 'http.requests{route=/cart,status=200}'
    assert.ok(names.includes(name))
    for (const [path, { get }] of Object.entries(document.paths)) {
      const place = path.replace('{prefix}', name.slice(0, 3)).replace('{pattern}', '*.page')
      const { status, data } = await json(url + place)
      assert.equal(status, 200, place)
      const { schema } = get.responses[200].content['application/json']
      assert.ok(fits(schema, data), `${place} ${JSON.stringify(data)}`)
    }
    assert.deepEqual(names, [...names].sort())
    const values = async (query: string): Promise<unknown> =>
      (await json<Record<string, unknown>>(`${url}/stats/${encodeURIComponent(name)}?app=shop&exact=1${query}`)).data[
        name
      ]
    assert.deepEqual(await values(''), [3, 5])
    const sums = { sum: 8, avg: 4, min: 3, max: 5, 'nonzero-min': 3, 'nonzero-avg': 4 }
    for (const [aggr, value] of Object.entries(sums)) assert.equal(await values(`&aggr=${aggr}`), value, aggr)
    assert.equal(await values('&aggr=one'), one.pid < two.pid ? 3 : 5)
    assert.deepEqual(await values(`&pid=${two.pid}`), [5])
    const { data: files } = await json(`${url}/files?glob=shop-*`)
    assert.deepEqual(files, [one.file, two.file].sort())
    const { data: processes } = await json<{ app: string; state: string }[]>(`${url}/processes?app=mail`)
    assert.deepEqual(
      processes.map(({ app, state }) => [app, state]),
      [['mail', 'live']],
    )
  })

  test('refuses what it does not know with the list of what there is, and patterns that lead elsewhere', async (t) => {
    const folder = newFolder(t)
    await publisher(t, folder, 'shop', 'count 1')
    const serving = follow(t, 'serve', '--port', '0', '--dir', folder)
    const root = await serving.next()
    const refused: [string, RegExp][] = [
      ['stats/x?aggr=median', /one of avg, max, min, nonzero-avg, nonzero-min, one, sum/],
      ['stats/x?glob=/etc/*', /without a directory/],
      ['files?glob=../*', /without a directory/],
      ['files/..%2F*', /without a directory/],
      ['files?glob=*a*a*a*a*a*', /at most 5 stars/],
      ['stats/x?pid=-1', /process id/],
      ['history/x?from=yesterday', /Unix time/],
      ['changes?from=20&to=10', /from must be before to/],
      ['points?tracks=1,x', /numbers/],
    ]
    for (const [path, reason] of refused) {
      const { status, data } = await json<{ error: string }>(`${root}api/v1/${path}`)
      assert.equal(status, 400, path)
      assert.match(data.error, reason)
    }
    assert.equal((await ask(`${root}api/v1/nothing`)).status, 404)
    assert.equal((await ask(`${root}assets/..%2Fmain.mjs`)).status, 404)
    assert.equal((await ask(`${root}api/v1/stats`, {}, 'DELETE')).status, 405)
    assert.equal((await ask(`${root}api/v1/stats`, { host: 'evil.example' })).status, 403)
    assert.equal((await ask(`${root}show?session=12345678`, { 'sec-fetch-site': 'cross-site' }, 'POST')).status, 403)
    assert.equal((await ask(`${root}show?session=12345678`, {}, 'POST')).status, 415)
  })

  test('serves mmstats files of several directories', async (t) => {
    const [first, second] = [newFolder(t), newFolder(t)]
    for (const [i, path] of [first, second].entries()) {
      const stats = mmstats({ hits: counter64() }, { path, filename: `app-${i}.mmstats`, labelPrefix: 'web.' })
      t.after(() => stats.close())
      stats.hits.inc(i + 2)
    }
    const serving = follow(t, 'serve', '--port', '0', '--dir', first, '--dir', second)
    const url = `${await serving.next()}api/v1`
    const { data } = await json(`${url}/files`)
    assert.deepEqual(data, [join(first, 'app-0.mmstats'), join(second, 'app-1.mmstats')].sort())
    assert.deepEqual((await json<Record<string, unknown>>(`${url}/stats/web.`)).data['web.hits'], [2, 3])
    assert.deepEqual((await json(`${url}/stats/web.hits?exact=1&glob=app-1*`)).data, { 'web.hits': [3] })
    assert.deepEqual((await json(`${url}/files/app-1*`)).data, [join(second, 'app-1.mmstats')])
  })

  test('says what it cannot read and goes on, and ends in good order', async (t) => {
    const folder = newFolder(t)
    await publisher(t, folder, 'shop', 'count 1')
    mkdirSync(join(folder, 'not-a-page'))
    appendFileSync(join(folder, 'broken-1-0-aaaaaaaa.page'), 'PLIMSOLL')
    const serving = follow(t, 'serve', '--port', '0', '--dir', folder)
    const url = await serving.next()
    const response = await fetch(`${url}events?session=12345678`)
    const reader = (response.body as ReadableStream<Uint8Array>).getReader()
    const decoder = new TextDecoder()
    let text = ''
    while (!/event: tick\ndata: .*\n\n/.test(text))
      text += decoder.decode((await reader.read()).value, { stream: true })
    assert.match(text, /event: hello\ndata: \{"run":"[-\w]+"/)
    assert.match(text, /"failures":\["[^"]*broken-1-0-aaaaaaaa\.page/)
    serving.child.kill('SIGTERM')
    assert.deepEqual(await serving.end(), { code: 0, signal: null, stderr: '' })
    assert.equal((await plimsoll('serve', '--port', '70000')).status, 2)
    assert.equal((await plimsoll('serve', '--port', '0', '--host', '203.0.113.7')).status, 1)
  })

  test('says at the start what was asked for and is not there, and serves', async (t) => {
    const folder = newFolder(t)
    await publisher(t, folder, 'shop', 'count 3')
    const empty = newFolder(t)
    for (const [words, message] of [
      [['shpo', '--dir', folder], /^plimsoll: No app, process or page "shpo" found in .*\. Did you mean "shop"\?/],
      [['--dir', empty], /^plimsoll: nobody publishes in /],
    ] as const) {
      const serving = follow(t, 'serve', '--port', '0', ...words)
      assert.match(await serving.next(), /^http:/)
      serving.child.kill('SIGTERM')
      const { code, stderr } = await serving.end()
      assert.equal(code, 0)
      assert.match(stderr, message)
    }
  })

  test('plays a recording from any moment, and goes on by itself', async (t) => {
    const folder = newFolder(t)
    const file = join(folder, 'shop.rec')
    const shop = await publisher(t, folder, 'shop', 'count 3')
    const recorder = follow(t, 'record', '-o', file, '-d', '0.2', '--dir', folder, '--for', '3')
    await shop.order('count 4')
    await recorder.end()
    const { from, to } = openRecording(file)
    const serving = follow(t, 'serve', '--port', '0', '--file', file)
    const url = await serving.next()
    const response = await fetch(`${url}events?session=12345678`)
    const reader = (response.body as ReadableStream<Uint8Array>).getReader()
    const decoder = new TextDecoder()
    let text = ''
    const until = async (found: RegExp): Promise<void> => {
      while (!found.test(text)) text += decoder.decode((await reader.read()).value, { stream: true })
    }
    await until(/"recording":\{"file":"shop\.rec"/)
    const shown = JSON.stringify({ all: true, apps: [], tracks: [] })
    const headers = { 'content-type': 'application/json' }
    await fetch(`${url}show?session=12345678`, { method: 'POST', headers, body: shown })
    // Whoever comes while it stands still sees where it stands.
    await until(new RegExp(`"processes":\\[\\{[^}]*"pid":${shop.pid}`))
    assert.equal((await fetch(`${url}play?time=${from}`, { method: 'POST' })).status, 204)
    await until(new RegExp(`"time":${Math.floor(from)},`))
    assert.deepEqual((await json<Record<string, unknown>>(`${url}api/v1/stats/http.requests?app=shop`)).status, 200)
    assert.equal((await fetch(`${url}play?on=1`, { method: 'POST' })).status, 204)
    await until(/"isPlaying":true/)
    await until(new RegExp(`"time":${Math.floor(to)},`))
    assert.equal((await fetch(`${url}play`, { method: 'POST' })).status, 400)
  })
})
