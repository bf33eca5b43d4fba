/** Whether pages are written once a second in this run of the tests, and not mapped: `npm run test:written`. */
export const isWritten: boolean = process.env['PLIMSOLL_PAGE'] === 'written'
