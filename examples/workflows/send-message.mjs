// A message that is sent, and whose delivery is confirmed: POSTs it to a service, then asks until it has arrived.
//
//     sparky workflow run send-message "http://127.0.0.1:8025 ada@example.org: The report is there"
//
// What a node does by itself (here: fetch) may be done again after a crash. So the message has a name of its own, the
// id of the workflow, by which the service knows it again: `Idempotency-Key`.

import { defineWorkflow } from 'sparky-agent/workflow'

export default defineWorkflow({
  name: 'send-message',
  description: 'Sends a message through an HTTP service and confirms that it has been delivered.',
  input: (text) => {
    const [, service, to, message] = /^(https?:\S+)\s+([^:\s]+):\s*(.+)$/s.exec(text.trim()) ?? []
    if (service === undefined) throw new Error('expected "SERVICE RECIPIENT: TEXT"')
    return { service, to, text: message, id: null, status: 'new', asked: 0 }
  },
  start: 'send',
  nodes: {
    send: {
      retries: { attempts: 4, first_s: 1 },
      run: async ({ service, to, text }, { workflowId, signal, progress }) => {
        progress(`to ${to}`)
        const response = await fetch(`${service}/messages`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'idempotency-key': workflowId },
          body: JSON.stringify({ to, text }),
          signal,
        })
        if (!response.ok) throw new Error(`the service answered with HTTP ${response.status}`)
        const { id } = await response.json()
        return { id, status: 'sent' }
      },
      next: 'confirm',
    },
    confirm: {
      retries: { attempts: 3, first_s: 1 },
      run: async ({ service, id, asked }, { signal, sleep, progress }) => {
        // Not at once, and more and more seldom. A daemon that stops does not wait for a sleep.
        if (asked > 0) await sleep(Math.min(100 * 2 ** asked, 30_000))
        const response = await fetch(`${service}/messages/${id}`, { signal })
        if (!response.ok) throw new Error(`the service answered with HTTP ${response.status}`)
        const { status } = await response.json()
        progress(`${status}, asked ${asked + 1} times`)
        return { status, asked: asked + 1 }
      },
      next: ({ status, asked }) =>
        status === 'delivered' ? 'done' : status === 'failed' || asked >= 20 ? 'lost' : 'confirm',
    },
    done: {
      run: ({ to, id, asked }) => ({
        answer: `Delivered to ${to} (message ${id}, confirmed after asking ${asked} times).`,
        data: { id, delivered: true },
      }),
    },
    lost: {
      run: ({ to, status }) => {
        throw new Error(`the message to ${to} was not delivered: ${status}`)
      },
    },
  },
})
