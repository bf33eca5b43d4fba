/** Whether pages are written once a second in this run of the tests, and not mapped: `npm run test:written`. */
export const isWritten: boolean = process.env['PLIMSOLL_PAGE'] === 'written'

/** For tests that are about mapping itself, or look into the file of a page before a written page has it there. */
export const mappedOnly: { readonly skip: string | false } = { skip: isWritten && 'it is about mapped pages' }
