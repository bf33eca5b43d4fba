import { version } from '../../version.ts'
import { aggregateNames } from './aggregate.ts'

const text = { type: 'string' } as const
const number = { type: 'number' } as const
const integer = { type: 'integer' } as const
const orNull = (type: string): object => ({ type: [type, 'null'] })
const listOf = (items: object): object => ({ type: 'array', items })
const value = { type: ['number', 'string'] } as const

function parameter(name: string, schema: object, description: string): object {
  return {
    name,
    in: name === 'prefix' || name === 'pattern' ? 'path' : 'query',
    required: name === 'prefix' || name === 'pattern',
    description,
    schema,
  }
}

const app = parameter('app', text, 'Only processes of this app. May be repeated.')
const pid = parameter('pid', integer, 'Only the process with this id. May be repeated.')
const glob = parameter('glob', text, 'Only files whose names match this pattern of *, ? and […]. No directory.')
const exact = parameter('exact', { type: 'boolean' }, 'Whether the name must be equal to the prefix.')
const prefix = parameter('prefix', text, 'How names begin: http.latency')
const aggr = parameter(
  'aggr',
  { type: 'string', enum: aggregateNames },
  'One value in place of one per process: of the numbers; "one" is that of the process with the lowest id. null where there are none.',
)
const time = (name: string, description: string): object =>
  parameter(name, number, `${description} Unix time in seconds, or seconds before now: -60.`)

const process = {
  type: 'object',
  required: ['pid', 'tid', 'app', 'host', 'state', 'startedAt', 'uptime', 'heartbeatAge', 'series', 'file'],
  properties: {
    pid: integer,
    tid: integer,
    app: text,
    host: text,
    state: { type: 'string', enum: ['live', 'blocked', 'exited', 'killed'] },
    startedAt: number,
    uptime: number,
    heartbeatAge: orNull('number'),
    endedAt: orNull('number'),
    worker: text,
    written: text,
    labels: { type: 'object', additionalProperties: text },
    series: integer,
    file: orNull('string'),
  },
}

const history = {
  type: 'object',
  required: ['name', 'app', 'pid', 'tid', 'points'],
  properties: {
    name: text,
    app: text,
    pid: integer,
    tid: integer,
    points: listOf({
      type: 'array',
      prefixItems: [number, orNull('number')],
      description: 'Unix time in seconds, and the value: null where there was none.',
    }),
  },
}

function get(summary: string, parameters: readonly object[], schema: object): object {
  const json = (content: object): object => ({ 'application/json': { schema: content } })
  const error = { type: 'object', required: ['error'], properties: { error: text } }
  return {
    get: {
      summary,
      parameters,
      responses: {
        200: { description: 'The data.', content: json(schema) },
        400: { description: 'A parameter is invalid.', content: json(error) },
        403: { description: 'The request is not of this machine.', content: { 'text/plain': { schema: text } } },
      },
    },
  }
}

const stats = {
  type: 'object',
  additionalProperties: { anyOf: [listOf(value), { type: ['number', 'string', 'null'] }] },
}

/** The description of the interface, in OpenAPI 3.1. */
export const openApi: object = {
  openapi: '3.1.0',
  info: {
    title: 'plimsoll',
    version,
    description:
      'The metrics of the Node.js processes of a machine, as their pages hold them. Names of values are those of metrics, with labels as in selectors, and with the statistic where there are several: http.latency{route=/x}.p99',
  },
  servers: [{ url: '/api/v1' }],
  paths: {
    '/processes': get('The processes and threads that publish', [app, pid, glob], listOf(process)),
    '/stats': get('The names of all values, sorted; with aggr, their values', [app, pid, glob, aggr], {
      anyOf: [listOf(text), stats],
    }),
    '/stats/{prefix}': get('The values of each process, by name', [prefix, exact, aggr, app, pid, glob], stats),
    '/files': get('The paths of the files, sorted', [glob], listOf(text)),
    '/files/{pattern}': get(
      'The paths of the files whose names match a pattern',
      [parameter('pattern', text, 'As glob.')],
      listOf(text),
    ),
    '/history': get(
      'Values over time, since the server began',
      [app, pid, time('from', 'Default: five minutes ago.'), time('to', 'Default: now.')],
      listOf(history),
    ),
    '/history/{prefix}': get(
      'Values over time, of names that begin so',
      [prefix, exact, app, pid, time('from', 'Default: five minutes ago.'), time('to', 'Default: now.')],
      listOf(history),
    ),
  },
}
