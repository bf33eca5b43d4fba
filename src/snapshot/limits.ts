import type { FamilyDescription } from './store.ts'

/**
 * How large a metric may be. Declarations beyond a limit are refused; readers of pages leave out what is beyond, and report
 * it: text and memory that a page makes stay in proportion to its size. docs/format.md lists the same values; a test holds
 * them together.
 */

/** Families of a page or an archive. */
export const maxFamilies = 10_000
/** Series of a family of one process, where its declaration says nothing else. */
export const defaultMaxSeries = 2000
/** Label names of a family. */
export const maxLabels = 64
/** UTF-16 units of a label value; writers cut longer ones. */
export const maxLabelLength = 1024
/** Bytes of UTF-8 of all label values of a series together: no value that a writer takes has more. */
export const maxLabelBytes: number = maxLabels * maxLabelLength * 3
/** UTF-16 units of a help text. */
export const maxHelpLength = 4096
/** UTF-16 units of a unit. */
export const maxUnitLength = 64
/** States of a state. */
export const maxStates = 256
/** UTF-16 units of the name of a state. */
export const maxStateLength = 128
/** Explicit buckets that are declared. */
export const maxBounds = 1000
/** Bytes of a text. */
export const maxCapacity = 65_536

/** Which limit a family exceeds: what readers report of it. */
export function excessOf(layout: Omit<FamilyDescription, 'id'>): string | undefined {
  const { labelNames, help, unit, states = [], bounds = [], capacity = 0 } = layout
  const stateLength = states.reduce((longest, { length }) => Math.max(longest, length), 0)
  const sizes: readonly (readonly [size: number, most: number, what: string])[] = [
    [labelNames.length, maxLabels, 'label names'],
    [help.length, maxHelpLength, 'characters of help'],
    [unit.length, maxUnitLength, 'characters of unit'],
    [states.length, maxStates, 'states'],
    [stateLength, maxStateLength, 'characters in the name of a state'],
    [bounds.length, maxBounds, 'buckets'],
    [capacity, maxCapacity, 'bytes of text'],
  ]
  const excess = sizes.find(([size, most]) => size > most)
  return excess && `more than ${excess[1]} ${excess[2]}`
}
