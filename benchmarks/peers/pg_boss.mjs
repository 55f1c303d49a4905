// pg-boss at its best: batches of thousands, the next at once while they are full.
import { PgBoss } from 'pg-boss'

import { inParts, prepared } from './handler.mjs'

const QUEUE = 'timers'
const FILLED = ['id', 'data', 'start_after', 'created_on']

export const processes = 1

export async function fill (told, query) {
  const boss = new PgBoss({ connectionString: told.url, supervise: false, schedule: false })
  await boss.start()
  await boss.createQueue(QUEUE, { retryLimit: 0 })
  await boss.insert(QUEUE, [{ data: {}, startAfter: new Date(Date.now() + 9e9) }])
  const found = await query(`SELECT column_name AS name FROM information_schema.columns WHERE table_schema = 'pgboss'
    AND table_name = 'job' AND is_generated = 'NEVER' ORDER BY ordinal_position`)
  const rest = found.map(row => row.name).filter(name => !FILLED.includes(name)).map(name => `t."${name}"`).join(', ')
  await query(`INSERT INTO pgboss.job (id, data, start_after, created_on, ${rest.replaceAll('t."', '"')})
    SELECT gen_random_uuid(), j.payload, j.due_at, j.due_at - interval '1 hour', ${rest}
    FROM (SELECT * FROM pgboss.job WHERE name = '${QUEUE}' LIMIT 1) t, job j ORDER BY j.due_at`)
  await query("DELETE FROM pgboss.job WHERE data = '{}'")
  await boss.stop({ graceful: false, close: true })
}

export const LEFT = "SELECT 1 FROM pgboss.job WHERE state < 'completed' LIMIT 1"

export async function work (told, count) {
  const boss = new PgBoss({ connectionString: told.url, max: 8, supervise: false, schedule: false, migrate: false })
  boss.on('error', error => console.error(error.message))
  await boss.start()
  const options = { batchSize: 5000, localConcurrency: 2, pollingIntervalSeconds: 0.5, burstWhenBatchFull: true }
  const all = told.mode === 'full' ? inParts(await prepared(told)) : async () => {}
  await boss.work(QUEUE, options, async jobs => { await all(jobs.map(job => job.data)); count(jobs.length) })
}
