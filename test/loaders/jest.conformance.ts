import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { newApp, run, writers } from '../launchers/apps.ts'
import { installed } from '../launchers/install.ts'

const transforms = ['ts-jest@29.4.15', '@swc/jest@0.2.39', '@swc/core@1.16.22', 'typescript@5.9']
const body = `test('counts', () => {
  counter('jobs').add(3)
  const { file = '' } = publish({ app: 'shop' })
  expect(formatPrometheus(readPage(file))).toContain('jobs_total 3')
})`
const imports = `import { expect, test } from '@jest/globals'
import { counter, publish } from 'plimsoll'
import { formatPrometheus } from 'plimsoll/formats'
import { readPage } from 'plimsoll/page'
`
const files = {
  'package.json': { name: 'shop' },
  'plain.test.js': `${imports.replaceAll(/import (.*) from (.*)/g, 'const $1 = require($2)')}${body}`,
  'typed.test.ts': imports + body,
  'ts-jest.json': { preset: 'ts-jest' },
  'swc.json': { transform: { '^.+\\.(t|j)sx?$': '@swc/jest' } },
}

for (const version of ['29.7.0', '30.5.2']) {
  test(`Jest ${version} runs tests that use plimsoll: plain, with ts-jest and with @swc/jest, by their defaults`, (t) => {
    const { cwd, dir, env } = newApp(t, files, installed('jest', [`jest@${version}`, ...transforms]))
    const jest = (...args: string[]) => {
      const options = { cwd, env: { ...env, NODE_OPTIONS: '--import plimsoll/register' }, minutes: 3 }
      run(process.execPath, [join(cwd, 'node_modules/jest/bin/jest.js'), ...args], options)
    }
    jest('plain')
    jest('--config', 'ts-jest.json', 'typed')
    jest('--config', 'swc.json', 'plain', 'typed')
    // In the last run each file has a page: Jest gives each its own globals, and so its own registry.
    assert.deepEqual([...new Set(writers(dir).map(({ app }) => app))], ['shop'])
  })
}
