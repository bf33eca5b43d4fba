import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { main } from '../support/command.ts'
import { newFolder } from './processes.ts'

test('more pages than a process may have files open are read in turns', { skip: process.platform === 'win32' }, (t) => {
  const folder = newFolder(t)
  for (let i = 0; i < 300; i++) copyFileSync('test/page/golden/v1-example.page', join(folder, `${i}.page`))
  const command = `ulimit -n 100 && exec "$0" "$@"`
  const given = ['-c', command, process.execPath, main, 'ls', '--json', '--dir', folder]
  const { status, stdout, stderr } = spawnSync('sh', given, { encoding: 'utf8' })
  assert.deepEqual([status, stderr, JSON.parse(stdout).length], [0, '', 300])
})
