// Drains the jobs of one library: node drain.mjs '{"system": "pg_boss", "mode": "noop", …}'
// It fills the library's own tables from `job`, says the ids of its workers, begins at a line on stdin, and says when all is done.
import { fork } from 'node:child_process'
import readline from 'node:readline'
import { fileURLToPath } from 'node:url'

import pg from 'pg'

const told = JSON.parse(process.argv[2])
const system = await import(`./${told.system}.mjs`)
const say = line => process.stdout.write(JSON.stringify(line) + '\n')
const pause = milliseconds => new Promise(resolve => setTimeout(resolve, milliseconds))

async function worker () {
  let done = 0
  process.once('message', () => system.work(told, count => { done += count }))
  setInterval(() => process.send({ done }), 20)
  process.on('disconnect', () => process.exit(0))
}

async function started () {
  const child = fork(fileURLToPath(import.meta.url), process.argv.slice(2), { env: { ...process.env, PEER_WORKER: '1' } })
  child.done = 0
  await new Promise(resolve => child.once('message', resolve))
  child.on('message', message => { child.done = message.done })
  return child
}

async function main () {
  const client = new pg.Client({ connectionString: told.url })
  await client.connect()
  const query = async text => (await client.query(text)).rows
  await system.fill(told, query)
  await query('VACUUM ANALYZE')
  await query('CHECKPOINT')
  const workers = []
  for (let n = 0; n < (told.processes || system.processes); n++) workers.push(await started())
  say({ pids: workers.map(child => child.pid) })
  await new Promise(resolve => readline.createInterface({ input: process.stdin }).once('line', resolve))
  workers.forEach(child => child.send({ go: true }))
  const handled = () => workers.reduce((sum, child) => sum + child.done, 0)
  while (handled() < told.n || (await query(system.LEFT)).length) await pause(10)
  say({ handled: handled() })
  await new Promise(resolve => process.stdin.once('end', resolve))
  workers.forEach(child => child.kill())
  process.exit(0)
}

await (process.env.PEER_WORKER ? worker() : main())
