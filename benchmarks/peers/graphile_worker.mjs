// graphile-worker at its best: a local queue of thousands, completions in batches.
import { Logger, makeWorkerUtils, run, runMigrations } from 'graphile-worker'

import { gathered, prepared } from './handler.mjs'

const logger = new Logger(() => () => {})
const LARGEST_POOL = 26

export const processes = 2

export async function fill (told, query) {
  const preset = { worker: { connectionString: told.url, logger } }
  await runMigrations({ preset })
  const utils = await makeWorkerUtils({ preset })
  await utils.addJob('fire', {}, { runAt: new Date(Date.now() + 9e9) })
  await utils.release()
  await query('TRUNCATE graphile_worker._private_jobs')
  await query(`INSERT INTO graphile_worker._private_jobs (task_id, payload, run_at, key)
    SELECT t.id, j.payload, j.due_at, j.id::text FROM job j, graphile_worker._private_tasks t
    WHERE t.identifier = 'fire' ORDER BY j.due_at`)
}

export const LEFT = 'SELECT 1 FROM graphile_worker._private_jobs LIMIT 1'

export async function work (told, count) {
  const full = told.mode === 'full'
  const concurrentJobs = full ? 2000 : 24
  const one = full ? gathered(await prepared(told)) : async () => {}
  const worker = {
    connectionString: told.url, logger, concurrentJobs, maxPoolSize: Math.min(concurrentJobs + 1, LARGEST_POOL),
    pollInterval: 2000, localQueue: { size: full ? 4000 : 2000, refetchDelay: { durationMs: 10 } },
    completeJobBatchDelay: 0, failJobBatchDelay: 0
  }
  const fire = async payload => { await one(payload); count(1) }
  await run({ preset: { worker }, noHandleSignals: true, logger, taskList: { fire } })
}
