import { defaultRegistry } from '../metrics/registry/default-registry.ts'
import { unpublishedRegistries } from '../metrics/registry/unpublished.ts'
import { appName } from '../page/write/identity.ts'

/** The name under which this thread publishes its default registry; where it does not, the one under which `publish()` would. */
export function ownApp(): string {
  const unpublished = unpublishedRegistries().find(({ registry }) => registry === defaultRegistry)
  return (defaultRegistry.currentPage?.describe() ?? unpublished?.page)?.app ?? appName()
}
