import type { Clock } from '../../clock.ts'
import { fleetOfAll } from '../../fleet/fleet.ts'

/** The apps that have pages in these directories, by the headers of the pages. */
export function appsIn(directories: readonly string[], clock: Clock): string[] {
  const apps = directories.flatMap((directory) => {
    const fleet = fleetOfAll(directory, { clock })
    const { parts } = fleet.readApart({ families: [] })
    fleet.close()
    return parts.map((part) => part.pages[0]?.app ?? '')
  })
  return [...new Set(apps)]
}
