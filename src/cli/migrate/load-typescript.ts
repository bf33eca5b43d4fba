import { createRequire } from 'node:module'
import { join } from 'node:path'
import type ts from 'typescript'
import { PlimsollError, reasonOf } from '../../errors.ts'
import { requirePackage } from '../../os/require-package.ts'

/** What is used of the package. */
export type TypeScript = typeof ts

/** Loads the TypeScript of the project in this directory, else one next to plimsoll. Throws PLIMSOLL_TYPESCRIPT_MISSING. */
export function loadTypeScript(directory: string): TypeScript {
  let reason = 'it has no createSourceFile()'
  for (const load of [createRequire(join(directory, 'package.json')), requirePackage]) {
    try {
      const found = load('typescript') as TypeScript
      if (typeof found.createSourceFile === 'function') return found
    } catch (error) {
      reason = reasonOf(error).split('\n')[0] ?? ''
    }
  }
  throw new PlimsollError('PLIMSOLL_TYPESCRIPT_MISSING', { reason })
}
