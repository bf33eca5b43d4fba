import { publish } from './publish.ts'

// For `node --import plimsoll/register app.js`: publishes what the app and its libraries count, with no line of code.
publish()
