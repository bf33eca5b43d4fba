import { defaultRegistry } from './metrics/registry/default-registry.ts'
import type { Registry } from './metrics/registry/registry.ts'
import { LivePublication } from './publication.ts'
import { checkPublishOptions, type Publication, type PublishOptions } from './publish-options.ts'

/** By registry, and found by every copy of this package in the process. */
const key = Symbol.for('plimsoll.publications.1')
const shared = globalThis as { [key]?: WeakMap<Registry, LivePublication> }

/**
 * Moves the metrics of a registry into a page, where anyone who may read the file sees them live, and after the death of
 * the process. Call it once in each process and thread; a further call returns the same publication, and warns
 * (PLIMSOLL_PUBLISHED_ALREADY) where its options want something else. Where that one never had a page, the further call tries
 * again with its own options.
 *
 * Throws PLIMSOLL_OPTION_INVALID for a wrong option, and nothing else: where there can be no page (a read-only or unsafe
 * directory, a full disk), the metrics stay on the heap, one warning reports that, and `error` contains it. That is tried again
 * each minute. Where memory cannot be mapped, the page is written once a second, and `error` contains why
 * (PLIMSOLL_PAGE_WRITTEN).
 */
export function publish(options: PublishOptions = {}): Publication {
  checkPublishOptions(options)
  const { registry = defaultRegistry } = options
  shared[key] ??= new WeakMap()
  const publications = shared[key]
  const known = publications.get(registry)
  if (known?.isOpen && known.hasAppeared) {
    known.compare(options)
    return known
  }
  known?.close()
  const publication = new LivePublication(options, known)
  publications.set(registry, publication)
  return publication
}
