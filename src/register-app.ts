import { getEnvironmentData, isMainThread, setEnvironmentData } from 'node:worker_threads'
import { adoptLibraries } from './adopt.ts'
import { defaultRegistry } from './metrics/registry/default-registry.ts'
import { disabledDefaults, environmentSwitch } from './os/environment-switch.ts'
import { appName } from './page/write/identity.ts'
import { publish } from './publish.ts'
import type { PublishOptions } from './publish-options.ts'
import { observeParts, selectedParts } from './runtime/start.ts'

/** Under which the main thread leaves its environment for worker threads, which may have an empty one. */
const key = 'plimsoll.app'

type Variables = Readonly<
  Partial<Record<'PLIMSOLL_ADOPT' | 'PLIMSOLL_APP' | 'PLIMSOLL_DIR' | 'PLIMSOLL_PAGE' | 'PLIMSOLL_RUNTIME', string>>
>

/** Warns of a `$PLIMSOLL_DISABLED` that is neither on nor off: nothing is published then. */
export function reportDisabled(): void {
  environmentSwitch('PLIMSOLL_DISABLED', disabledDefaults)
}

/** Publishes the default registry with what this process or thread does: what `plimsoll/register` is there for. */
export function publishApp(): void {
  const { PLIMSOLL_ADOPT, PLIMSOLL_DIR, PLIMSOLL_PAGE, PLIMSOLL_RUNTIME } = process.env
  if (isMainThread) {
    const present = { PLIMSOLL_ADOPT, PLIMSOLL_APP: appName(), PLIMSOLL_DIR, PLIMSOLL_PAGE, PLIMSOLL_RUNTIME }
    setEnvironmentData(key, present)
  }
  const left: Variables = isMainThread ? {} : ((getEnvironmentData(key) as Variables | undefined) ?? {})
  const adopted = PLIMSOLL_ADOPT ?? left.PLIMSOLL_ADOPT
  if (adopted) adoptLibraries(adopted)
  // Before it is published: one page is made for all that is declared.
  try {
    observeParts(defaultRegistry, selectedParts({}, PLIMSOLL_RUNTIME ?? left.PLIMSOLL_RUNTIME))
  } catch (error) {
    // Something that was loaded earlier has declared one of these names: what the app counts is published all the same.
    process.emitWarning(error as Error)
  }
  publish({
    ...(!process.env.PLIMSOLL_APP && left.PLIMSOLL_APP && { app: left.PLIMSOLL_APP }),
    ...(!PLIMSOLL_DIR && left.PLIMSOLL_DIR && { dir: left.PLIMSOLL_DIR }),
    ...(!PLIMSOLL_PAGE && left.PLIMSOLL_PAGE && { page: left.PLIMSOLL_PAGE as NonNullable<PublishOptions['page']> }),
  })
}
