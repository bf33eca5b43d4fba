/**
 * The floors of the house: a file imports only from floors below it, or from its own folder.
 * test/architecture.test.ts breaks every rule once and sees it refused.
 */
const base = '^src/(clock|error-table|errors|nearest|options|schedule|units|version)[.]ts$'
const os = '^src/os/'
const snapshot = '^src/snapshot/'
const second = '^src/(metrics|page|mmstats|formats)/'
const third = '^src/(fleet|compare|findings|recording|runtime|sinks|zeromq)/'

const files =
  '^src/(os|page|mmstats|fleet|compare|recording|zeromq|cli|dashboard|sinks/transports)/|^src/compat/prom-client/default-metrics/process[.]ts$|^src/(publish|register)[.]ts$'
const native = '^src/os/(map|libc)[.]ts$'

/** One rule; every breach of it is an error. */
function forbid(name, comment, from, to) {
  return { name, comment, severity: 'error', from, to }
}

export default {
  forbidden: [
    forbid(
      'floor-0',
      'errors, options, units, clock, schedule and version know nothing of plimsoll but each other.',
      { path: base },
      { path: '^src/', pathNot: base },
    ),
    forbid(
      'floor-1-os',
      'The operating system: system calls, mappings, locks, the end of a process. It knows errors and clocks only.',
      { path: os },
      { path: '^src/', pathNot: [base, os] },
    ),
    forbid(
      'floor-1-snapshot',
      'The snapshot is plain data: it knows errors, options and units, and no clock.',
      { path: snapshot },
      { path: '^src/', pathNot: [snapshot, '^src/(errors|nearest|options|units)[.]ts$'] },
    ),
    forbid(
      'floor-2',
      'metrics, page, mmstats and formats stand on os and snapshot and do not know each other.',
      { path: second },
      { path: '^src/', pathNot: [base, os, snapshot, '^src/$1/'] },
    ),
    forbid(
      'floor-2-metrics',
      'Metrics record into cells; what the operating system does with the cells is the business of pages. They only warn.',
      { path: '^src/metrics/' },
      { path: os, pathNot: '^src/os/warning[.]ts$' },
    ),
    forbid(
      'floor-3',
      'What reads many pages, sends snapshots or records what Node does stands on the floors below, each part for itself.',
      { path: third, pathNot: '^src/zeromq/' },
      { path: '^src/', pathNot: [base, os, snapshot, second, '^src/$1/'] },
    ),
    forbid(
      'floor-3-zeromq',
      'A collector compacts what its publishers sent as a fleet compacts pages, so zeromq also uses fleet.',
      { path: '^src/zeromq/' },
      { path: '^src/', pathNot: [base, os, snapshot, second, '^src/(zeromq|fleet)/'] },
    ),
    forbid(
      'floor-4',
      'http, testing and adapters stand on the floors below and do not know each other.',
      { path: '^src/(http|testing|adapters)/' },
      { path: '^src/', pathNot: [base, os, snapshot, second, third, '^src/$1/'] },
    ),
    forbid(
      'floor-5',
      'dashboard stands on the floors below and serves by http.',
      { path: '^src/dashboard/' },
      { path: '^src/', pathNot: [base, os, snapshot, second, third, '^src/(http|dashboard)/'] },
    ),
    forbid(
      'floor-5-cli',
      'cli stands on the floors below, and has commands that serve by http and dashboard.',
      { path: '^src/cli/' },
      { path: '^src/', pathNot: [base, os, snapshot, second, third, '^src/(http|dashboard|cli)/'] },
    ),
    forbid(
      'browser',
      'What runs in a browser uses nothing but itself and the library of its charts.',
      { path: '^src/dashboard/browser/' },
      { path: '.', pathNot: ['^src/dashboard/browser/', 'uplot'] },
    ),
    forbid(
      'floor-5-compat',
      'What stands for another library publishes what it records, as the other one does, and does not know that.',
      { path: '^src/compat/([^/]+)/' },
      {
        path: '^src/',
        pathNot: [base, os, snapshot, second, third, '^src/publish[.]ts$', '^src/compat/($1/|publish-default[.]ts$)'],
      },
    ),
    forbid(
      'floor-4-publish',
      'publish joins registry and page, register calls it; neither knows handlers, commands or the dashboard.',
      { path: '^src/(publish|publication|publish-options|compact-at-start|register|register-app|adopt)[.]ts$' },
      {
        path: '^src/',
        pathNot: [
          base,
          os,
          snapshot,
          second,
          third,
          '^src/(publish|publication|publish-options|compact-at-start|register-app|adopt)[.]ts$',
        ],
      },
    ),
    forbid(
      'known-place',
      'Every source file stands on a floor: a new folder gets its place in this file first.',
      { path: '^src/' },
      {
        path: '^src/',
        pathNot: [
          base,
          os,
          snapshot,
          second,
          third,
          '^src/(http|cli|dashboard|testing|adapters|compat)/',
          '^src/(publish|publication|publish-options|compact-at-start|register|register-app|adopt|index)[.]ts$',
        ],
      },
    ),
    forbid(
      'pure',
      'Snapshot, formats and findings compute and nothing else, so they use nothing of Node.',
      { path: '^src/(snapshot|formats|findings)/' },
      { dependencyTypes: ['core'] },
    ),
    forbid(
      'files-at-the-edge',
      'Only the parts that read or write files touch the file system.',
      { path: '^src/', pathNot: [files, '^src/(snapshot|formats)/'] },
      { path: '^(node:)?fs(/promises)?$' },
    ),
    forbid(
      'koffi-in-one-place',
      'Native calls stay in src/os/map.ts and src/os/libc.ts, so that there is one place to read for safety.',
      { path: '^src/', pathNot: native },
      { path: '(^|/)(koffi|@koromix)(/|$)' },
    ),
    forbid(
      'entries-are-for-users',
      'An index.ts is for users; inside, import the file that has it.',
      { path: '^src/' },
      { path: ['^src/index[.]ts$', '^src/.+/index[.]ts$'] },
    ),
    forbid(
      'source-stays-inside',
      'src does not import tests, scripts, benchmarks, examples or built files.',
      { path: '^src/' },
      { path: '^(test|scripts|bench|examples|build|dist)/' },
    ),
    forbid(
      'no-dev-dependency',
      'What src imports must be installed with plimsoll, or be an optional peer, which tests need as well.',
      // What runs in browsers is bundled.
      { path: '^src/', pathNot: '^src/dashboard/browser/' },
      { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['npm-peer'] },
    ),
    forbid(
      'declared',
      'What src imports must be in package.json.',
      { path: '^src/' },
      { dependencyTypes: ['npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['npm-peer'] },
    ),
    forbid(
      'peers-when-used',
      'An optional package is loaded with import() when it is used; its types may be imported. Only what stands for it needs it.',
      { path: '^src/', pathNot: '^src/compat/' },
      { dependencyTypes: ['npm-peer', 'npm-optional'], dependencyTypesNot: ['type-only'], dynamic: false },
    ),
    forbid('resolvable', 'An import leads to a file or a package.', { path: '^src/' }, { couldNotResolve: true }),
    forbid(
      'no-cycle',
      'Files that import each other, types included, are one file.',
      { path: '^src/' },
      { circular: true },
    ),
  ],
  options: {
    tsPreCompilationDeps: true,
    doNotFollow: { path: ['node_modules'] },
  },
}
