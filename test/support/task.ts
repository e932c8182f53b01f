import { emptyUsage, type Task } from '../../src/protocol/task.ts'

/** A task as it stands after being added, with what a test says about it. */
export const aTask = (fields: Partial<Task> = {}): Task => {
  const number = fields.number ?? 1
  return {
    id: `00000000-0000-7000-8000-${String(number).padStart(12, '0')}`,
    number,
    kind: 'agent',
    status: 'pending',
    prompt: 'Do something',
    request_payload: { prompt: 'Do something' },
    response_payload: null,
    error: null,
    waiting_for: null,
    agent: 'default',
    model: null,
    cwd: '/',
    group: 'default',
    priority: 0,
    locks: [],
    depends_on: [],
    depends_on_any: [],
    parent_id: null,
    conversation_id: null,
    schedule: null,
    labels: {},
    notify: false,
    attempt: 1,
    attempts: [],
    max_attempts: 1,
    progress: { step: 0, max_steps: 50, note: null },
    limits: { max_steps: 50, max_tokens: null, max_cost_usd: null, timeout_s: null },
    usage: emptyUsage,
    created_at: '2026-01-01T00:00:00.000Z',
    updated_at: '2026-01-01T00:00:00.000Z',
    not_before: null,
    started_at: null,
    finished_at: null,
    first_seq: number,
    last_seq: number,
    ...fields,
  }
}
