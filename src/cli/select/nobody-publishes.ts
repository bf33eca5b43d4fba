import { existsSync } from 'node:fs'
import { fullFileSystem } from '../../findings/file-system.ts'
import { defaultsOfOthers, directoriesOfUsers } from '../../os/trusted-directory.ts'

/** The message where directories have no pages, with the likely reason; `isDefault`: where none was given. */
export function nobodyPublishes(directories: readonly string[], isDefault: boolean): string {
  const [first = ''] = directories
  const missing = directories.length === 1 && !existsSync(first) ? ', which does not exist yet' : ''
  const nobody = `nobody publishes in ${directories.join(', ')}${missing}`
  const [full] = directories.flatMap(fullFileSystem)
  if (full !== undefined) return `${nobody}: ${full.text}. ${full.advice}`
  return `${nobody}.${directoriesOfOthers(directories, isDefault)} Call publish() in your app, or start it with "plimsoll run -- node app.js"; if it writes to another directory, give that with --dir or PLIMSOLL_DIR.`
}

function directoriesOfOthers(directories: readonly string[], isDefault: boolean): string {
  const found = directories.flatMap(directoriesOfUsers)
  // The app may run as another user than the one who looks, as in a container.
  if (isDefault && !process.env.PLIMSOLL_DIR) found.push(...defaultsOfOthers())
  const others = found.slice(0, 5).map(({ path, owner }) => `${path} of user ${owner}`)
  return others.length === 0 ? '' : ` There are directories of users: ${others.join(', ')}.`
}
