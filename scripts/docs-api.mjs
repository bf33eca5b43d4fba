/** `npm run docs:api`: writes the API reference from the TSDoc of all entries to build/api; an export without any is an error. */
import { CommandFailed, runTool, setUp } from './setup.mjs'

await setUp({ quiet: true })
try {
  await runTool('typedoc', 'typedoc', ['--options', 'typedoc.json'])
  console.log('The API reference is in build/api/index.html.')
} catch (error) {
  if (!(error instanceof CommandFailed)) throw error
  console.error(error.output)
  process.exitCode = 1
}
