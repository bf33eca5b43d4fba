import type { Libc } from './libc.ts'

export function guard(_libc: Libc, _address: number, _length: number): number | undefined {
  return undefined
}

export function unguard(_slot: number): void {}

export function lostPagesOf(): number {
  return 0
}
