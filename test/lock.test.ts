import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
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
