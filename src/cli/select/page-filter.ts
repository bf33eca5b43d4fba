import { matchSelector } from '../../snapshot/selector-match.ts'
import type { Selector } from '../../snapshot/selector-type.ts'
import type { Snapshot } from '../../snapshot/snapshot.ts'
import { filterSelectors } from './filter-selectors.ts'
import { isArchive } from './page-snapshots.ts'

/** Chooses pages by what is in them. */
export class PageFilter {
  private readonly tests: readonly ((snapshot: Snapshot) => boolean)[]
  private readonly fitting = new Set<string>()

  /**
   * Each text is selectors, of which one must choose a series; without texts all pages fit. A name alone may also be the
   * beginning of that of a metric or label, and `name=value` be a label with that value.
   */
  constructor(texts: readonly string[]) {
    this.tests = texts.flatMap((text) => filterSelectors(text, 'plimsoll poll', '--filter')).map(selectorTest)
  }

  /** The pages that fit, or did before: a value that changes does not make a page come and go. */
  choose(snapshots: readonly Snapshot[]): readonly Snapshot[] {
    if (this.tests.length === 0) return snapshots
    return snapshots.filter((snapshot) => {
      // An archive has the numbers of all pages, whatever was in them.
      if (isArchive(snapshot)) return false
      const file = snapshot.pages[0]?.file ?? ''
      if (!this.fitting.has(file) && this.tests.some((test) => test(snapshot))) this.fitting.add(file)
      return this.fitting.has(file)
    })
  }
}

function selectorTest(selector: Selector): (snapshot: Snapshot) => boolean {
  const { family, comparison, labels } = selector
  const fits = (one: Selector) => (snapshot: Snapshot) => matchSelector(one, snapshot).length > 0
  if (comparison === undefined && labels.length === 0 && selector.isGlob !== true) {
    return (snapshot) =>
      fits(selector)(snapshot) ||
      snapshot.families.some(({ name, labelNames }) => [name, ...labelNames].some((each) => each.startsWith(family)))
  }
  if (comparison?.operator !== '=' || labels.length > 0) return fits(selector)
  const { value, isGlob } = comparison
  const label = { name: family, operator: '=', value, ...(isGlob && { isGlob }) } as const
  const hasLabel = fits({ family: '*', isGlob: true, labels: [label], statistic: '' })
  return (snapshot) => fits(selector)(snapshot) || hasLabel(snapshot)
}
