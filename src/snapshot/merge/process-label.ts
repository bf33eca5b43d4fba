import type { FamilyColumns } from '../columns.ts'
import type { FamilySnapshot, GaugeFamilySnapshot, Labels } from '../snapshot.ts'

/** Names the process of a gauge that is not joined: `<pid>-<tid>`, where several hosts have the app `<host>-<pid>-<tid>`. */
export const processLabel = 'process'

/** Whether each process keeps its series for itself; they are never in columns. */
export function isByProcess(family: FamilySnapshot | FamilyColumns): family is GaugeFamilySnapshot {
  return 'kind' in family && family.kind === 'gauge' && family.aggregation === 'process'
}

/** The gauges with another label of the process; without one for `undefined`. */
export function withProcessLabels(
  family: GaugeFamilySnapshot,
  processOf: (labels: Labels) => string | undefined,
): GaugeFamilySnapshot {
  const series = family.series.map((one) => {
    const process = processOf(one.labels)
    return process === undefined ? one : { ...one, labels: { ...one.labels, [processLabel]: process } }
  })
  const { labelNames } = family
  const isNamed = !labelNames.includes(processLabel) && series.some(({ labels }) => Object.hasOwn(labels, processLabel))
  return { ...family, labelNames: isNamed ? [...labelNames, processLabel] : labelNames, series }
}
