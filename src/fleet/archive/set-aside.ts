import { linkSync, renameSync, rmSync } from 'node:fs'

/** Under one name, so that many damaged archives do not fill the directory. */
function asideOf(file: string): string {
  return `${file}.damaged`
}

/** Renames a damaged archive. It stays where it is where that cannot be done, and is reported again. */
export function setAside(file: string): void {
  try {
    renameSync(file, asideOf(file))
  } catch {}
}

/**
 * Gives a damaged archive that is about to be replaced a second name. A rename would leave readers without any for a moment, in
 * which what they had last read of it would no longer count.
 */
export function copyAside(file: string): void {
  try {
    rmSync(asideOf(file), { force: true })
    linkSync(file, asideOf(file))
  } catch {
    setAside(file)
  }
}
