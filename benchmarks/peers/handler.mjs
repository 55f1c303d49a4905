// What a handler does that fires as ours does: items read, re-checked, rendered, published and acknowledged by all.
import { Producer } from '@platformatic/kafka'
import { Liquid } from 'liquidjs'
import pg from 'pg'

const COPIES = 'SELECT i.id, i.doc, c.doc AS contact FROM item i JOIN contact c ON c.id = i.contact WHERE i.id = ANY($1::uuid[])'
const AT_ONCE = 1000

export async function prepared (told) {
  const liquid = new Liquid()
  const texts = told.texts.map(text => liquid.parse(text))
  const pool = new pg.Pool({ connectionString: told.url, max: 4 })
  const publish = publisher(told)
  return async payloads => {
    const ids = [...new Set(payloads.map(p => p.i))]
    const found = (await pool.query({ name: 'copies', text: COPIES, values: [ids] })).rows
    const copies = new Map(found.map(row => [row.id, row]))
    const now = new Date().toISOString()
    const messages = []
    for (const p of payloads) {
      const { doc: item, contact } = copies.get(p.i)
      if (!holds(p.r, item)) continue
      const text = liquid.renderSync(texts[p.r], { item: { ...item, ...item.fields }, contact: contact.fields })
      messages.push(message(told, p, item, contact, text, now))
    }
    await publish(messages)
  }
}

const holds = (rule, item) => parseFloat(item.fields.amount) > 10 + rule && item.fields.channel === 'sms'

function message (told, p, item, contact, text, now) {
  const value = {
    execution: p.e, round: 1, item: p.i, item_type: item.type, activation: item.activation, rule: p.u, rule_key: `r${p.r}`,
    action: 'send-sms', connection: '',
    recipients: [{ whom: `contact:${contact.id}`, name: contact.title, address: contact.fields.phone, contact: contact.id, missing: '' }],
    params: { text }, of_entry: false, at_least_once: false, due_at: p.d, expires_at: null, config: 1
  }
  const headers = {
    ce_specversion: '1.0', ce_id: p.e, ce_type: 'action.perform.v1', ce_source: '/peer', ce_subject: p.i, ce_time: now,
    correlationid: p.c, causationid: p.c, actor: 'service:peer', persons: contact.id
  }
  const partition = parseInt(p.i.slice(-3), 16) % told.partitions
  return {
    topic: told.topic, partition, key: Buffer.from(p.i), value: Buffer.from(JSON.stringify(value)),
    headers: new Map(Object.entries(headers).map(([name, content]) => [Buffer.from(name), Buffer.from(content)]))
  }
}

// One send at a time: an idempotent producer keeps its order.
function publisher (told) {
  const producer = new Producer({
    clientId: 'peer', bootstrapBrokers: [told.kafka], idempotent: true, acks: -1, partitioner: m => m.partition
  })
  let last = Promise.resolve()
  return messages => {
    const sent = last.then(() => messages.length && producer.send({ messages, acks: -1, idempotent: true }))
    last = sent.catch(() => {})
    return sent
  }
}

// Single jobs that run together become batches: what users of a library without batches do.
export function gathered (work) {
  let waiting = []
  let timer = null
  const flush = () => {
    clearTimeout(timer)
    timer = null
    const batch = waiting
    waiting = []
    if (batch.length) {
      work(batch.map(one => one.payload)).then(
        () => batch.forEach(one => one.resolve()),
        error => { console.error(error); batch.forEach(one => one.reject(error)) }
      )
    }
  }
  return payload => new Promise((resolve, reject) => {
    waiting.push({ payload, resolve, reject })
    if (waiting.length >= AT_ONCE) flush()
    else timer ??= setTimeout(flush, 1)
  })
}

// A batch that is larger than what is worth to send at once.
export const inParts = work => async payloads => {
  for (let start = 0; start < payloads.length; start += AT_ONCE) await work(payloads.slice(start, start + AT_ONCE))
}
