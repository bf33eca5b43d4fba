import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

interface Locked {
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly integrity?: string
  readonly os?: readonly string[]
  readonly cpu?: readonly string[]
}

const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
  readonly packages: Readonly<Record<string, Locked>>
}

// One that is locked by its version alone, as the registry lacked it, would be asked for everywhere.
test('The lock file has the packages of other platforms too, and says where they run.', () => {
  const missing = Object.values(packages)
    .flatMap(({ optionalDependencies = {} }) => Object.keys(optionalDependencies))
    .filter((name) => {
      const { integrity, os, cpu } = packages[`node_modules/${name}`] ?? {}
      return integrity === undefined && (os === undefined || cpu === undefined)
    })
  assert.deepEqual(missing, [])
})

test('npm ci takes the lock file as it is.', () => {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-lock-'))
  try {
    for (const file of ['package.json', 'package-lock.json']) cpSync(file, join(folder, file))
    const args = ['ci', '--dry-run', '--offline', '--ignore-scripts']
    const { status, stderr } = spawnSync('npm', args, { cwd: folder, encoding: 'utf8', timeout: 60_000 })
    assert.equal(status, 0, stderr)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
