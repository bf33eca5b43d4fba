/**
 * Test files that share a process: to start Node and to load plimsoll takes longer than what most of them do. A file has a
 * process to itself where it changes or looks at what belongs to the process: its environment, the default registry, what is
 * warned of once.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { root } from './setup.mjs'

const folder = 'build/test-groups'

/** By name, how the paths of files begin that share a process; about as long as each other. */
const groups = {
  metrics: ['metrics/'],
  snapshots: ['snapshot/', 'compare/'],
  formats: ['formats/'],
  'commands-1': commands('archive clean collect compare conflicts diff field-value ls screen/'),
  'commands-2': commands('mmstats observed poll push recording reset scrape show summary top/top-app watch workers'),
}

const alone = new Set([
  // What was warned of before.
  'metrics/registry/prom-client-habits',
])

function commands(names) {
  return names.split(' ').map((name) => `cli/${name}`)
}

/** The compiled files, with those of a group replaced by one that imports them all. */
export function groupFiles(files) {
  rmSync(join(root, folder), { recursive: true, force: true })
  const grouped = Object.keys(groups).map((group) => [group, files.filter((file) => groupOf(file) === group)])
  const shared = grouped.filter(([, members]) => members.length > 1)
  const single = files.filter((file) => !shared.some(([, members]) => members.includes(file)))
  return [...shared.map(([group, members]) => writeGroup(group, members)), ...single]
}

function groupOf(file) {
  const name = file.replace('build/test/', '').replace('.test.js', '')
  if (alone.has(name)) return undefined
  return Object.keys(groups).find((group) => groups[group].some((start) => name.startsWith(start)))
}

function writeGroup(group, files) {
  const file = `${folder}/${group}.test.js`
  mkdirSync(join(root, folder), { recursive: true })
  writeFileSync(join(root, file), files.map((each) => `await import('${importOf(each)}')\n`).join(''))
  return file
}

function importOf(file) {
  return relative(folder, file).replaceAll('\\', '/')
}
