import { ofState } from '../../snapshot/kinds/state.ts'
import type { StateFamilySnapshot, StateSeries } from '../../snapshot/snapshot.ts'
import type { Heading } from './dialect.ts'
import { helpWith, type SampleFamily } from './sample-family.ts'

/**
 * Four families, each with samples for each series:
 * the states that some process is in are 1, all others 0, under the name of the state family itself, which is also the name
 * of the label that has the state, as OpenMetrics wants it; how many processes are in each, `…_processes`; the time spent in
 * each, `…_seconds_total`; and how many holders there are, `…_users`, also while there are none: a gap would be no 0.
 */
export function stateFamilies(name: string, family: StateFamilySnapshot): readonly SampleFamily[] {
  const { help, labelNames, states, series } = family
  const of = (ending: string, type: Heading['type'], unit: string, remark?: string): SampleFamily => ({
    heading: { name: name + ending, type, unit, help: remark === undefined ? help : helpWith(help, remark) },
    sample: `${name}${ending}${type === 'counter' ? '_total' : ''}`,
    name: family.name,
    labelNames,
    series,
  })
  const perState = (label: string, write: (one: StateSeries, state: string) => number) => ({
    label,
    expand: (i: number) => {
      const one = series[i] as StateSeries
      return states.map((text) => ({ labels: one.labels, text, value: write(one, text) }))
    },
  })
  const users = series.map((one) => ({ labels: one.labels, value: one.users }))
  return [
    { ...of('', 'stateset', ''), ...perState(name, (one, state) => (ofState(one.processes, state) > 0 ? 1 : 0)) },
    {
      ...of('_processes', 'gauge', '', 'processes in each state'),
      ...perState('state', (one, state) => ofState(one.processes, state)),
    },
    {
      ...of('_seconds', 'counter', 'seconds', 'time in each state'),
      ...perState('state', (one, state) => ofState(one.seconds, state)),
    },
    { ...of('_users', 'gauge', '', 'holders of the state'), series: users },
  ]
}
