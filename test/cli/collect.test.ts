import assert from 'node:assert/strict'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { Registry } from 'plimsoll'
import { parseJson } from 'plimsoll/formats'
import { newKeyPair, type PublisherOptions, publisher } from 'plimsoll/zeromq'
import { newShop } from '../zeromq/peers.ts'
import { follow, newFolder, plimsoll } from './processes.ts'

/** A publisher that has counted so many orders; it is closed after the test. */
async function shop(
  t: TestContext,
  connect: string,
  orders: number,
  more: Partial<PublisherOptions> = {},
): Promise<void> {
  const registry = new Registry()
  registry.counter('orders').add(orders)
  const one = await publisher({ connect, source: registry, intervalMs: 50, app: 'shop', ...more })
  t.after(() => one.close())
}

/** The text behind a URL once it has this in it. */
async function textWith(url: string, part: string): Promise<string> {
  for (let tries = 0; tries < 200; tries++) {
    const text = await (await fetch(url)).text()
    if (text.includes(part)) return text
    await wait(25)
  }
  throw new Error(`never had ${part}`)
}

test('collect serves the sum of publishers as Prometheus text and as JSON, until SIGTERM', async (t) => {
  const folder = newFolder(t)
  const ipc = `ipc://${join(folder, 'socket')}`
  const sum = follow(t, 'collect', '--bind', ipc, '--bind', 'tcp://127.0.0.1:*', '--port', '0')
  assert.equal(await sum.next(), ipc)
  const tcp = (await sum.next()) ?? ''
  const url = (await sum.next()) ?? ''
  await shop(t, ipc, 3)
  await shop(t, tcp, 4)
  await textWith(url, '\norders_total{app="shop"} 7\n')
  const snapshot = parseJson(await textWith(`${url}.json`, '"orders"'))
  assert.equal(snapshot.pages.length, 2)
  sum.child.kill('SIGTERM')
  assert.deepEqual(await sum.end(), { code: 0, signal: null, stderr: '' })
})

test('collect keeps apps apart, and gives one that is asked for by itself, as scrape does', async (t) => {
  const ipc = (name: string): string => `ipc://${join(newFolder(t), name)}`
  const [all, mails] = await Promise.all(
    [[], ['mail']].map(async (words) => {
      const sum = follow(t, 'collect', ...words, '--bind', ipc('socket'), '--port', '0')
      return { endpoint: (await sum.next()) ?? '', url: (await sum.next()) ?? '' }
    }),
  )
  for (const { endpoint } of [all, mails] as { endpoint: string }[]) {
    await shop(t, endpoint, 3)
    await shop(t, endpoint, 4, { app: 'mail' })
    await shop(t, endpoint, 5, { app: 'mail' })
  }
  const orders = (text: string): string[] => text.split('\n').filter((line) => line.startsWith('orders_total'))
  const apart = ['orders_total{app="mail"} 9', 'orders_total{app="shop"} 3']
  await textWith(all?.url ?? '', apart.join('\n'))
  const text = await textWith(mails?.url ?? '', 'orders_total 9')
  assert.deepEqual(orders(text), ['orders_total 9'])
  assert.ok(text.includes('\nplimsoll_zeromq_publishers{state="live"} 3\n'))
})

test('collect has metrics about the processes, so that one that was killed is seen', async (t) => {
  const ipc = `ipc://${join(newFolder(t), 'socket')}`
  const sum = follow(t, 'collect', 'shop', '--bind', ipc, '--gone-after', '0.3', '--port', '0')
  await sum.next()
  const url = (await sum.next()) ?? ''
  const [live, killed] = await Promise.all([newShop(t, ipc), newShop(t, ipc)])
  await textWith(url, '\nplimsoll_processes{state="live"} 2\n')
  await killed.kill()
  const text = await textWith(url, '\nplimsoll_processes{state="killed"} 1\n')
  assert.match(text, /^plimsoll_processes\{state="live"\} 1$/m)
  const ages = [...text.matchAll(/^plimsoll_heartbeat_age_seconds\{worker="",pid="(\d+)",tid="0"\} (\S+)$/gm)]
  assert.deepEqual(
    ages.map(([, pid]) => Number(pid)),
    [live.child.pid],
  )
  assert.ok(Number(ages[0]?.[2]) < 60, ages[0]?.[0])
})

test('collect goes on from its state file where the one before ended', async (t) => {
  const folder = newFolder(t)
  const args = ['--bind', `ipc://${join(folder, 'socket')}`, '--port', '0', '--state', join(folder, 'state')]
  const first = follow(t, 'collect', ...args)
  const endpoint = (await first.next()) ?? ''
  const registry = new Registry()
  registry.counter('orders').add(3)
  const one = await publisher({ connect: endpoint, source: registry, intervalMs: 50, app: 'shop' })
  await textWith((await first.next()) ?? '', '\norders_total{app="shop"} 3\n')
  const { status, stderr } = await plimsoll('collect', ...args)
  assert.deepEqual([status, stderr.includes('another collector uses it')], [1, true])
  await one.close()
  first.child.kill('SIGTERM')
  assert.deepEqual(await first.end(), { code: 0, signal: null, stderr: '' })
  const second = follow(t, 'collect', ...args)
  await second.next()
  await textWith((await second.next()) ?? '', '\norders_total{app="shop"} 3\n')
})

test('collect takes keys from files, and says when others may read them', async (t) => {
  const folder = newFolder(t)
  const file = join(folder, 'keys.json')
  const list = join(folder, 'publishers.txt')
  const made = await plimsoll('collect', '--new-keys')
  assert.deepEqual([made.status, made.stderr], [0, ''])
  writeFileSync(file, made.stdout)
  chmodSync(file, 0o644)
  const own = await newKeyPair()
  writeFileSync(list, `\n${own.publicKey} the shop on host a\n`)
  const args = ['collect', '--bind', 'tcp://127.0.0.1:*', '--keys', file, '--publishers', list, '--port', '0']
  const sum = follow(t, ...args)
  const tcp = (await sum.next()) ?? ''
  const url = (await sum.next()) ?? ''
  const serverKey = JSON.parse(readFileSync(file, 'utf8')).publicKey
  await shop(t, tcp, 3, { curve: { serverKey, own } })
  await shop(t, tcp, 4, { curve: { serverKey } })
  await textWith(url, '\norders_total{app="shop"} 3\n')
  await textWith(url, '\nplimsoll_zeromq_handshakes_refused_total 1\n')
  sum.child.kill('SIGTERM')
  const warning = `plimsoll: other users can read the secret key in ${file}. Run "chmod 600" on it.\n`
  assert.deepEqual(await sum.end(), { code: 0, signal: null, stderr: warning })
})

test('collect tells what is wrong with its options, and nothing of what is in a file of keys', async (t) => {
  const folder = newFolder(t)
  const file = join(folder, 'keys.json')
  writeFileSync(file, 'secret')
  const wrong: readonly (readonly [args: readonly string[], code: string, status: number])[] = [
    [[], 'PLIMSOLL_OPTION_INVALID', 2],
    [['--bind', 'tcp://*:7548'], 'PLIMSOLL_KEYS_MISSING', 2],
    [['--bind', 'nowhere'], 'PLIMSOLL_OPTION_INVALID', 2],
    [['--bind', 'tcp://127.0.0.1:*', '--gone-after', '0'], 'PLIMSOLL_OPTION_INVALID', 2],
    [['--bind', 'tcp://127.0.0.1:*', '--publishers', file], 'PLIMSOLL_OPTION_INVALID', 2],
    [['--bind', 'tcp://127.0.0.1:*', '--keys', file], 'PLIMSOLL_OPTION_INVALID', 2],
    [['--bind', 'tcp://127.0.0.1:*', '--state', `${folder}/no/state`], 'PLIMSOLL_STATE_UNUSABLE', 1],
    [['--bind', `ipc://${folder}/no/socket`], 'PLIMSOLL_BIND_FAILED', 1],
  ]
  for (const [args, code, exit] of wrong) {
    const { status, stdout, stderr } = await plimsoll('collect', ...args)
    assert.deepEqual([status, stdout, stderr.split(' ')[1]], [exit, '', code], stderr)
    assert.ok(!stderr.includes('secret'), stderr)
  }
})
