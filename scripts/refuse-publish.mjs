/** What `npm publish` runs first in the project's folder, which is not what is published. */
import { stagedFolder } from './stage-package.mjs'

console.error(`This folder is not what is published. Run "npm run package", then "npm publish ${stagedFolder}".`)
process.exitCode = 1
