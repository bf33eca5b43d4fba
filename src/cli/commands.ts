import type { Command, NamedCommand } from './command.ts'

/** An entry in the list of commands. The command itself is loaded when it is used. */
export interface Listed {
  readonly summary: string
  load(): Promise<Command>
}

/** All commands, in the order of the help. */
export const commands: Readonly<Record<string, Listed>> = {
  run: {
    summary: 'runs a command and publishes what its Node.js processes do',
    load: async () => (await import('./commands/run.ts')).runCommand,
  },
  ls: {
    summary: 'lists the processes and threads that publish',
    load: async () => (await import('./commands/ls.ts')).lsCommand,
  },
  top: {
    summary: 'shows what each process is doing, refreshed every second',
    load: async () => (await import('./commands/top.ts')).topCommand,
  },
  show: {
    summary: 'prints the metrics of processes, running or ended',
    load: async () => (await import('./commands/show.ts')).showCommand,
  },
  doctor: {
    summary: 'says what is wrong with the processes of this machine',
    load: async () => (await import('./commands/doctor.ts')).doctorCommand,
  },
  probe: {
    summary: 'checks the health of processes, for Kubernetes and the like',
    load: async () => (await import('./commands/probe.ts')).probeCommand,
  },
  poll: {
    summary: 'prints selected metrics, one line per interval',
    load: async () => (await import('./commands/poll.ts')).pollCommand,
  },
  compare: {
    summary: 'compares metrics of servers or processes: totals and outliers',
    load: async () => (await import('./commands/compare.ts')).compareCommand,
  },
  record: {
    summary: 'records what processes publish, to be looked at later',
    load: async () => (await import('./commands/record.ts')).recordCommand,
  },
  play: {
    summary: 'shows a recording as top shows the present',
    load: async () => (await import('./commands/play.ts')).playCommand,
  },
  diff: {
    summary: 'prints what changed most, between snapshots or in a recording',
    load: async () => (await import('./commands/diff.ts')).diffCommand,
  },
  stack: {
    summary: 'prints the calls that a process is in, even when it is blocked',
    load: async () => (await import('./commands/inspect.ts')).stackCommand,
  },
  profile: {
    summary: 'shows where a process spends its time, even when it is blocked',
    load: async () => (await import('./commands/inspect.ts')).profileCommand,
  },
  serve: {
    summary: 'shows the apps of this machine in a browser, and serves JSON',
    load: async () => (await import('./commands/serve.ts')).serveCommand,
  },
  scrape: {
    summary: 'serves the metrics of the apps on this machine to Prometheus',
    load: async () => (await import('./commands/scrape.ts')).scrapeCommand,
  },
  collect: {
    summary: 'adds up metrics that apps send over ZeroMQ, and serves them',
    load: async () => (await import('./commands/collect.ts')).collectCommand,
  },
  push: {
    summary: 'sends metrics to Graphite, StatsD, OTLP, Prometheus, files',
    load: async () => (await import('./commands/push.ts')).pushCommand,
  },
  reset: {
    summary: 'removes from the totals of an app what ended processes counted',
    load: async () => (await import('./commands/reset.ts')).resetCommand,
  },
  clean: {
    summary: 'removes the pages of processes that have ended',
    load: async () => (await import('./commands/clean.ts')).cleanCommand,
  },
  migrate: {
    summary: 'rewrites code that uses prom-client for plimsoll',
    load: async () => (await import('./commands/migrate.ts')).migrateCommand,
  },
  completion: {
    summary: 'prints the completion of commands and options for a shell',
    load: async () => (await import('./commands/completion.ts')).completionCommand(loadAll),
  },
}

/** All commands, loaded: for completion and the manual page. */
export async function loadAll(): Promise<NamedCommand[]> {
  const all = Object.entries(commands).map(async ([name, { summary, load }]) => ({ name, summary, ...(await load()) }))
  return await Promise.all(all)
}

/** The command of that name, if there is one. */
export function commandOf(name: string): Listed | undefined {
  return Object.hasOwn(commands, name) ? commands[name] : undefined
}
