import type { PageInfo } from '../snapshot/snapshot.ts'
import { DirectoryFleet } from './directory-fleet.ts'
import { checkFleetOptions, type FleetOptions, isPath } from './fleet-options.ts'
import type { Fleet } from './fleet-types.ts'
import { ownApp } from './own-app.ts'

/**
 * The fleet of an app: all its processes and threads, as one source. Any process may ask: a worker, the
 * primary, a sidecar, a command. Nothing is opened before the first read.
 *
 * `target` is the name of an app, or the path of a directory, for all apps in it. What has a `/` is a path, but for a name
 * with a scope, `@acme/shop`, and for `team/shop` where `dir` is given. Default: the app that this process publishes, or
 * would. Of a name, the first 100 characters count, as for `publish`.
 *
 * Throws PLIMSOLL_OPTION_INVALID.
 */
export function fleet(target?: string, options: FleetOptions = {}): Fleet {
  checkFleetOptions(target, options)
  return target !== undefined && isPath(target, options)
    ? new DirectoryFleet(undefined, target, options)
    : new DirectoryFleet(target ?? ownApp(), options.dir, options)
}

/** @internal All apps of a directory, or those of its pages that are wanted; without one, of that of `publish`. */
export function fleetOfAll(
  directory: string | undefined,
  options: FleetOptions,
  isWanted?: (page: PageInfo) => boolean,
): DirectoryFleet {
  return new DirectoryFleet(undefined, directory, options, isWanted)
}
