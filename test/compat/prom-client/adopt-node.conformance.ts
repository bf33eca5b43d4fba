// PLIMSOLL_ADOPT=prom-client in this version of Node and in those that have hooks for `import` and `require` alike.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { newApp, run } from '../../launchers/apps.ts'
import { installed } from '../../launchers/install.ts'
import { counters, files, recorded } from './counting-app.ts'

const binaries = `node-${process.platform}-${process.arch}`

/** The apps, and what they count. */
const apps = {
  'by import and require': { files, counted: recorded },
  'by import alone': {
    files: {
      'package.json': { type: 'module' },
      'app.js': `import * as all from 'prom-client'
import client, { Counter } from 'prom-client'
if (all.Counter !== Counter || client.Counter !== Counter) throw new Error('two copies')
const { Counter: later } = await import('@prometheus-io/client')
if (later !== Counter) throw new Error('two copies')
new Counter({ name: 'imported_total', help: 'Requests' }).inc(3)`,
    },
    counted: { imported_total: 3 },
  },
  'by require alone': {
    files: {
      'package.json': { type: 'commonjs' },
      'app.js': `const { createRequire } = require('node:module')
const { Counter } = require('prom-client')
if (createRequire(__filename)('@prometheus-io/client').Counter !== Counter) throw new Error('two copies')
new Counter({ name: 'required_total', help: 'Requests' }).inc(2)`,
    },
    counted: { required_total: 2 },
  },
  'by a package that has prom-client installed': {
    files: {
      'package.json': { type: 'commonjs' },
      'app.js': `require('bundle').requests.inc(2)`,
      'node_modules/bundle/package.json': { name: 'bundle', main: 'index.js' },
      'node_modules/bundle/index.js': `const { Counter } = require('prom-client')
exports.requests = new Counter({ name: 'required_total', help: 'Requests' })`,
      'node_modules/prom-client/package.json': { name: 'prom-client', main: 'index.js' },
      'node_modules/prom-client/index.js': `throw new Error('prom-client itself was loaded')`,
    },
    counted: { required_total: 2 },
  },
}

function runApp(t: TestContext, node: string, option: string, name: keyof typeof apps): unknown {
  const { cwd, dir, env } = newApp(t, apps[name].files)
  const ran = run(node, [option, 'plimsoll/register', 'app.js'], {
    cwd,
    env: { ...env, PLIMSOLL_ADOPT: 'prom-client' },
  })
  assert.equal(ran.stderr, '')
  return counters(dir)
}

/** The file of a version of Node, which is installed from the registry; of this one without a version. */
function nodeOf(version: string | undefined): string {
  if (version === undefined) return process.execPath
  const node = join(installed('node', [`${binaries}@${version}`]), binaries, 'bin', 'node')
  run(node, ['-e', `if (!require('node:module').registerHooks) process.exit(1)`], { cwd: '.' })
  return node
}

for (const version of [undefined, '22', '24', '26']) {
  for (const option of ['--import', '--require']) {
    for (const name of Object.keys(apps) as (keyof typeof apps)[]) {
      test(`Node ${version ?? process.version} with ${option} plimsoll/register answers prom-client ${name}.`, (t) => {
        assert.deepEqual(runApp(t, nodeOf(version), option, name), apps[name].counted)
      })
    }
  }
}
