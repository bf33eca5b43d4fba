import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { newApp, run } from '../launchers/apps.ts'
import { installed } from '../launchers/install.ts'

const program = (entries: readonly string[]): string =>
  entries
    .map((entry, i) => `import * as entry${i} from '${entry}'\nexport const names${i} = Object.keys(entry${i})\n`)
    .join('')
const { exports } = JSON.parse(readFileSync('package.json', 'utf8')) as { exports: Record<string, string> }
// These need packages of others, whose types are of newer versions.
const withPeers = ['/register', '/package.json', '/zeromq', '/opentelemetry']
const entries = Object.keys(exports)
  .map((name) => name.slice(1))
  .filter((name) => !withPeers.includes(name))
const text = `import { counter, gauge } from 'plimsoll'
counter('jobs', { labels: ['queue'] }).labels({ queue: 'mail' }).inc()
gauge('depth').set(1)
${program(entries.map((entry) => `plimsoll${entry}`))}`

interface Resolution {
  readonly module: string
  readonly moduleResolution: string
}

/** For apps of ES modules and of CommonJS. */
const resolutions: readonly (readonly ['module' | 'commonjs', Resolution])[] = [
  ['commonjs', { module: 'commonjs', moduleResolution: 'node10' }],
  ['commonjs', { module: 'node16', moduleResolution: 'node16' }],
  ['module', { module: 'node16', moduleResolution: 'node16' }],
  ['commonjs', { module: 'nodenext', moduleResolution: 'nodenext' }],
  ['module', { module: 'nodenext', moduleResolution: 'nodenext' }],
  ['module', { module: 'esnext', moduleResolution: 'bundler' }],
]
const node18 = ['commonjs', { module: 'node18', moduleResolution: 'node16' }] as const

const versions = [
  { version: '5.2.2', more: {}, checked: resolutions },
  { version: '5.9.3', more: {}, checked: [...resolutions, node18] },
  { version: '6.0', more: { ignoreDeprecations: '6.0' }, checked: [...resolutions, node18] },
  // The types of `using` are missing there.
  { version: '5.0.4', more: { skipLibCheck: true }, checked: resolutions },
]

for (const { version, more, checked } of versions) {
  test(`TypeScript ${version} finds the types of all entries, however it resolves modules`, (t) => {
    const packages = installed('typescript', [`typescript@${version}`, '@types/node@20.19'])
    for (const type of ['module', 'commonjs']) {
      const { cwd } = newApp(t, { 'package.json': { name: 'shop', type }, 'app.ts': text }, packages)
      for (const [of, resolution] of checked) {
        if (of !== type) continue
        const options = { ...resolution, ...more, target: 'es2022', strict: true, noEmit: true, types: 'node' }
        const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)])
        run(process.execPath, [join(cwd, 'node_modules/typescript/bin/tsc'), ...args, 'app.ts'], { cwd, minutes: 2 })
      }
    }
  })
}
