import { expect, test } from 'vitest'
import { claim, runServer, token, type RunningServer } from '../running-server.ts'

/** Prometheus's text format (version 0.0.4), read as strictly as its makers describe it. */
const parse = (text: string): Map<string, Family> => {
  const families = new Map<string, Family>()
  for (const line of text.split('\n')) {
    if (line === '') continue
    const [, keyword, of = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? []
    if (keyword !== undefined) {
      const family = families.get(of) ?? { help: '', type: '', samples: new Map<string, number>() }
      families.set(of, { ...family, [keyword.toLowerCase()]: rest })
      continue
    }
    const sample = /^([a-z_]+)(?:\{([a-z_]+="(?:[^"\\\n]|\\["\\n])*")\})? (-?\d\S*)$/.exec(line)
    if (sample === null) throw new Error(`expected a sample, found ${line}`)
    const [, name = '', label = '', value] = sample
    const family = families.get(name)
    if (family === undefined) throw new Error(`expected HELP and TYPE before ${name}`)
    if (family.samples.has(label)) throw new Error(`expected ${line} once`)
    family.samples.set(label, Number(value))
  }
  return families
}

interface Family {
  readonly help: string
  readonly type: string
  readonly samples: Map<string, number>
}

const scrape = async ({ call }: RunningServer) => {
  const { status, headers, text } = await call('GET', '/metrics')
  expect(status).toBe(200)
  expect(headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
  const families = parse(text)
  return {
    families,
    value: (name: string, label = ''): number | undefined =>
      families.get(`sparky_${name}`)?.samples.get(label),
  }
}

test('the metrics are text that Prometheus reads, and true', async () => {
  const running = await runServer()
  await running.add('a')
  await running.add('b', { group: 'a "quoted\\" group\nof two lines' })
  await running.add('c')
  const attempt = await claim(running)
  await running.connect()
  await running.connect({ path: '/api/ws/guide' })
  await (await running.connect({ path: '/api/ws/liaison/insights' })).close()
  const watcher = running.knock(`/ws/tasks/1?token=${token}`)
  await watcher.find((frame) => (frame.type as string) === 'step')
  await running.call('GET', '/nowhere')
  for (const ref of [7, 8]) await running.knock(`/ws/tasks/${ref}?token=${token}`).closed
  await running.knock('/api/ws/agent').closed
  const { families, value } = await scrape(running)

  for (const [name, { help, type, samples }] of families) {
    expect(name).toMatch(/^sparky_[a-z_]+$/)
    expect(help, name).toMatch(/\.$/)
    expect(type, name).toBe(name.endsWith('_total') ? 'counter' : 'gauge')
    expect(samples.size + Number(name.includes('http')), name).toBeGreaterThan(0)
  }
  expect(value('tasks', 'status="pending"')).toBe(2)
  expect(value('tasks', 'status="in_progress"')).toBe(1)
  expect(value('tasks', 'status="completed"')).toBe(0)
  expect(value('queued_tasks', 'group="default"')).toBe(1)
  expect(value('queued_tasks', 'group="a \\"quoted\\\\\\" group\\nof two lines"')).toBe(1)
  expect(value('running_attempts')).toBe(1)
  expect(value('attempt_slots')).toBe(2)
  expect(value('events_appended_total')).toBe(running.store.lastSeq)
  expect(value('events_sent_total')).toBe(2)
  expect(value('slow_consumers')).toBe(0)
  expect(value('websocket_connections', 'endpoint="/api/ws/agent"')).toBe(1)
  expect(value('websocket_connections', 'endpoint="/ws/tasks/{task_id}"')).toBe(1)
  expect(value('websocket_connections_limit')).toBe(1000)
  expect(value('deprecated_endpoint_connections_total', 'endpoint="/api/ws/guide"')).toBe(1)
  expect(value('deprecated_endpoint_connections_total', 'endpoint="/api/ws/liaison/{pillar}"')).toBe(1)
  expect(value('websocket_refusals_total', 'code="1008"')).toBe(2)
  expect(value('websocket_refusals_total', 'code="4001"')).toBe(1)
  expect(value('http_requests_total', 'code="404"')).toBe(1)
  expect(value('today_tokens')).toBe(1200)
  expect(value('today_cost_usd')).toBe(0.25)
  expect(value('today_attempt_seconds')).toBe(1.5)
  expect(value('store_writable')).toBe(1)
  expect(value('build_info', 'version="1.2.3"')).toBe(1)
  expect(value('process_resident_memory_bytes')).toBeGreaterThan(10_000_000)
  expect(value('process_cpu_seconds_total')).toBeGreaterThan(0)
  expect(value('event_loop_lag_seconds')).toBeLessThan(5)

  const again = await scrape(running)
  expect(again.value('http_requests_total', 'code="200"')).toBe(1)
  expect(again.value('event_loop_active_seconds_total')).toBeGreaterThan(
    value('event_loop_active_seconds_total') ?? Infinity,
  )
  await attempt.settle({ kind: 'completed', answer: '', data: null })
})

test('what is not added up yet is left out, and nothing runs on after an answer', async () => {
  const running = await runServer({
    surroundings: { usedToday: () => new Promise(() => {}) } as never,
  })
  const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
  await scrape(running)
  const before = timers()
  const { families, value } = await scrape(running)
  expect(timers()).toBe(before)
  expect(families.has('sparky_today_tokens')).toBe(false)
  expect(value('tasks', 'status="pending"')).toBe(0)
})

test('nobody reads them without the token', async () => {
  const { call } = await runServer()
  expect((await call('GET', '/metrics', { headers: { authorization: 'Bearer x' } })).status).toBe(401)
})
