import { reasonOf } from '../../errors.ts'
import { type Body, bodyOf } from '../body.ts'
import { securityHeaders } from '../page/layout.ts'
import type { CpuProfile } from './cpu-profile.ts'
import { maxProfileSeconds, takeProfile, takeStack } from './main-thread.ts'
import { idle, profileForm, profilePage, stackPage } from './profile-page.ts'
import type { StackFrame } from './stack.ts'

/** An answer to a request. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Body
}

const minSeconds = 0.1

/** `/profile` and `/blocked`: one profile at a time, the last one kept for a download. */
export class ProfileRoutes {
  #isBusy = false
  #last: { readonly id: string; readonly profile: CpuProfile } | undefined
  #taken = 0

  async profile(query: URLSearchParams, prefix: string): Promise<Answer> {
    const wanted = query.get('id')
    if (wanted !== null)
      return this.#last?.id === wanted ? download(this.#last) : text(404, 'This profile was replaced by a later one.')
    const given = query.get('seconds')
    if (given === null) return page(profileForm(prefix))
    const seconds = Number(given)
    if (!(seconds >= minSeconds && seconds <= maxProfileSeconds))
      return text(400, `seconds must be a number from ${minSeconds} to ${maxProfileSeconds}.`)
    const format = query.get('format')
    if (format !== null && format !== 'cpuprofile')
      return text(400, `Unknown format "${format}". The format of a profile is cpuprofile.`)
    return this.#alone(async () => {
      const profile = await takeProfile(seconds)
      this.#taken++
      this.#last = { id: `${process.pid}-${this.#taken}`, profile }
      if (format !== null) return download(this.#last)
      return page(profilePage(profile, prefix, seconds, `${prefix}/profile?id=${this.#last.id}`))
    })
  }

  async blocked(query: URLSearchParams, prefix: string): Promise<Answer> {
    const format = query.get('format')
    if (format !== null && format !== 'text' && format !== 'json')
      return text(400, `Unknown format "${format}". The formats of a stack are text and json.`)
    return this.#alone(async () => {
      const stack = await takeStack()
      if (format === null) return page(stackPage(stack, prefix))
      if (format === 'json') return json(stack)
      return text(200, stack.length === 0 ? idle : stack.map(lineOf).join('\n'))
    })
  }

  async #alone(take: () => Promise<Answer>): Promise<Answer> {
    if (this.#isBusy) return text(409, 'Another profile is being taken. Try again when it has ended.')
    this.#isBusy = true
    try {
      return await take()
    } catch (error) {
      return text(503, `${reasonOf(error)}.`)
    } finally {
      this.#isBusy = false
    }
  }
}

function page(content: string): Answer {
  return { status: 200, headers: securityHeaders, body: bodyOf(content) }
}

function text(status: number, sentence: string): Answer {
  return { status, headers: { 'Content-Type': 'text/plain; charset=utf-8' }, body: bodyOf(`${sentence}\n`) }
}

function json(value: unknown, more: Readonly<Record<string, string>> = {}): Answer {
  const headers = { 'Content-Type': 'application/json; charset=utf-8', ...more }
  return { status: 200, headers, body: bodyOf(JSON.stringify(value)) }
}

function lineOf({ name, place }: StackFrame): string {
  return place === '' ? name : `${name} ${place}`
}

function download({ id, profile }: { readonly id: string; readonly profile: CpuProfile }): Answer {
  return json(profile, { 'Content-Disposition': `attachment; filename="${id}.cpuprofile"` })
}
