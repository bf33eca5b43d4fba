import { graphite, type Sink, statsd } from 'plimsoll/sinks'
import { contract, type Receiver } from './contract.ts'
import { datagramReceiver, streamReceiver } from './line-receivers.ts'

type Start = typeof streamReceiver

/** Graphite has the newest total: by time, as a resent one may come late. */
function graphiteReceiver(start: Start, scheme: string): Promise<Receiver> {
  let [jobs, newest] = [0, 0]
  const onLine = (line: string): void => {
    const [, value, second] = /^(?:\S+\.)?jobs (\d+) (\d+)$/.exec(line) ?? []
    if (second === undefined || Number(second) < newest) return
    newest = Number(second)
    jobs = Number(value)
  }
  return start(scheme, onLine, () => jobs, graphite)
}

/** StatsD adds up. */
function statsdReceiver(start: Start, scheme: string): Promise<Receiver> {
  let jobs = 0
  const onLine = (line: string): void => {
    jobs += Number(/^jobs:(\d+)\|c$/.exec(line)?.[1] ?? 0)
  }
  const make = (to: string): Sink => statsd(to, { baseline: false })
  return start(scheme, onLine, () => jobs, make)
}

contract('graphite', () => graphiteReceiver(streamReceiver, 'graphite'))
// The ends of processes are those of Graphite over TCP, and of StatsD over UDP.
contract('graphite+udp', () => graphiteReceiver(datagramReceiver, 'graphite+udp'), ['hang', 'to'])
contract('statsd', () => statsdReceiver(datagramReceiver, 'statsd'), ['hang'])
contract('statsd+tcp', () => statsdReceiver(streamReceiver, 'statsd+tcp'), ['to'])
