/** Wrong uses of errors. Each must not compile: an expected error that is missing fails the build. */
import { type ErrorCode, PlimsollError } from '#src/errors.ts'

// @ts-expect-error: there is no such code
export const unknownCode: ErrorCode = 'PLIMSOLL_NAME_INVLAID'

// @ts-expect-error: there is no such code
export const unknownThrown = (): PlimsollError => new PlimsollError('PLIMSOLL_NAME_INVLAID')

// @ts-expect-error: an error needs a code
export const withoutCode = (): PlimsollError => new PlimsollError()

// @ts-expect-error: a code never changes
export const changeCode = (error: PlimsollError): unknown => (error.code = 'PLIMSOLL_NAME_INVALID')
