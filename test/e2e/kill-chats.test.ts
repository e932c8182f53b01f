import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { v7 as uuidv7 } from 'uuid'
import { expect, onTestFailed, onTestFinished, test } from 'vitest'
import type { Event } from '../../src/protocol/event.ts'
import { isFinal, type Task } from '../../src/protocol/task.ts'
import { startLife } from '../support/daemon-life.ts'
import { everyEvent, expectHonest, expectInOrder, ofType, request } from '../support/honest-log.ts'
import { startModelServer, type ScriptedReply } from '../support/model-server.ts'
import { seededRandom, type SeededRandom } from '../support/seeded-random.ts'
import { newSparky, type Sparky } from '../support/sparky.ts'
import { connect } from '../support/ws-client.ts'

/** One more, and a task that nothing has come of would be given up, as it should be. */
const kills = 6
const conversations = 4
const turnsEach = 7

test(
  `${kills} times kill -9 through conversations that delegate and are summed up, tasks in them and workflows: one answer each, in order, and nothing done twice`,
  { timeout: 120_000 },
  async () => {
    const random = seededRandom()
    const chaos = await startChaos(random)
    onTestFailed(() => console.error(`SPARKY_TEST_SEED=${random.seed}; killed: ${chaos.diary.join(', ')}`))
    const saying = sayAll(chaos)
    for (let kill = 0; kill < kills; kill += 1) await liveAWhile(chaos)
    await startLife(chaos.sparky).ready
    await saying
    await expectAllTrue(chaos)
  },
)

interface Said {
  readonly role: string
  readonly content: string | readonly { readonly text: string }[]
  readonly tool_calls?: readonly { readonly id: string }[]
  readonly tool_call_id?: string
}

interface Chaos {
  readonly sparky: Sparky
  readonly random: SeededRandom
  readonly diary: string[]
  /** By what it was asked for: the id of each task that was acknowledged. */
  readonly acknowledged: Map<string, string>
  /** What the model was shown, request by request. */
  readonly shown: (readonly Said[])[]
}

const startChaos = async (random: SeededRandom): Promise<Chaos> => {
  const shown: (readonly Said[])[] = []
  const server = await startModelServer({
    replies: async ({ body }) => {
      const messages = body['messages'] as readonly Said[]
      shown.push(messages)
      await delay(random.below(25))
      const input = Math.round(JSON.stringify(messages).length / 4)
      return { ...replyTo(messages), usage: { input, output: 10 } }
    },
  })
  onTestFinished(() => server.close())
  const sparky = newSparky(server.environment('openai'))
  const write = (file: string, text: string): void => {
    mkdirSync(path.dirname(path.join(sparky.home, file)), { recursive: true })
    writeFileSync(path.join(sparky.home, file), text)
  }
  for (const [role, next] of Object.entries(nextOf)) {
    write(`agents/${role}.md`, `---\ndelegates: [${next ?? ''}]\n---\n\nYou are the ${role}.\n`)
  }
  write('workflows/steps.mjs', stepsWorkflow)
  write('config.json', JSON.stringify({ chat: { context_tokens: 1000 } }))
  return { sparky, random, diary: [], acknowledged: new Map(), shown }
}

/** Each leaves a line in a tally; then the boss asks middle, and middle asks leaf. */
const nextOf = { boss: 'middle', middle: 'leaf', leaf: null } as const
type Role = keyof typeof nextOf

const stepsWorkflow = `
const step = (name, next) => ({
  run: ({ input }, { tool }) => tool('write_file', { path: input + '-' + name, content: name }).then(() => {}),
  next,
})
export default {
  description: 'Three files.',
  start: 'one',
  nodes: { one: step('one', 'two'), two: step('two', 'three'), three: step('three') },
  output: () => ({ answer: 'done' }),
}
`

const textOf = (said: Said | undefined): string =>
  typeof said?.content === 'string' ? said.content : (said?.content ?? []).map(({ text }) => text).join('\n')

const nameIn = (text: string): string => /.*«([\w-]+)»/s.exec(text)?.[1] ?? ''

const replyTo = (messages: readonly Said[]): ScriptedReply => {
  const system = textOf(messages[0])
  if (system.startsWith('You write down')) return { text: 'What was said before, in short.' }
  const role = /You are the (boss|middle|leaf)\./.exec(system)?.[1] as Role
  const lastUser = messages.findLastIndex((message) => message.role === 'user')
  const name = nameIn(textOf(messages[lastUser]))
  const done = messages.slice(lastUser).filter((message) => message.role === 'tool').length
  const next = nextOf[role]
  if (done === 0) {
    return {
      calls: [
        { name: 'run_command', args: { command: `echo ${name}-${role} >> tally` }, id: `${name}_${role}_c` },
      ],
    }
  }
  if (done === 1 && next !== null && delegates(name)) {
    const args = { agent: next, message: `Your part of «${name}»`, with_history: role === 'middle' }
    return { calls: [{ name: 'delegate', args, id: `${name}_${role}_d` }] }
  }
  return { text: `${role} has done ${name}` }
}

const delegates = (name: string): boolean => Number(/\d+$/.exec(name)?.[0] ?? 0) % 2 === 1

const liveAWhile = async ({ sparky, random, diary }: Chaos): Promise<void> => {
  const life = startLife(sparky)
  const isAtStart = random.below(6) < 1
  const lastsMs = random.below(isAtStart ? 350 : 500)
  if (!isAtStart) await life.ready
  await delay(lastsMs)
  await life.kill()
  diary.push(`${isAtStart ? 'at the start' : 'ready'} + ${lastsMs.toFixed(0)} ms`)
}

const sayAll = async (chaos: Chaos): Promise<void> => {
  const talking = Array.from({ length: conversations }, async (_, c) => {
    for (let turn = 0; turn < turnsEach; turn += 1) {
      const name = `c${c}-${turn}`
      // The last of each is a task of the loop, in the same conversation.
      if (turn === turnsEach - 1) await addTask(chaos, name, `c${c}`)
      else await say(chaos, `c${c}`, name)
      await delay(chaos.random.below(300))
    }
  })
  const working = Array.from({ length: 6 }, async (_, nth) => {
    await delay(chaos.random.below(3000))
    const where = '/api/v1/workflows/steps/run'
    await until(chaos, `w-${nth}`, where, { id: uuidv7(), input: `w-${nth}`, cwd: chaos.sparky.work })
  })
  await Promise.all([...talking, ...working])
}

const say = async (chaos: Chaos, conversation: string, name: string): Promise<void> => {
  const where = `/api/v1/conversations/${conversation}/messages`
  const cwd = chaos.sparky.work
  await until(chaos, name, where, { id: uuidv7(), agent_type: 'boss', message: `Do «${name}»`, cwd })
}

const addTask = async (chaos: Chaos, name: string, conversation_id: string): Promise<void> => {
  const cwd = chaos.sparky.work
  await until(chaos, name, '/api/v1/tasks', { id: uuidv7(), prompt: `Do «${name}»`, conversation_id, cwd })
}

/** Again with the same id until it is acknowledged, as programs do. */
const until = async (
  { sparky, acknowledged }: Chaos,
  name: string,
  where: string,
  body: object,
): Promise<void> => {
  for (;;) {
    const answer = await answered(sparky, where, JSON.stringify(body))
    if (answer !== null) {
      expect([200, 201], answer.text).toContain(answer.status)
      acknowledged.set(name, (JSON.parse(answer.text) as Task).id)
      return
    }
    await delay(10)
  }
}

const answered = async (
  sparky: Sparky,
  where: string,
  body: string,
): Promise<{ readonly status: number; readonly text: string } | null> => {
  try {
    const response = await request(sparky, where, { method: 'POST', body })
    return { status: response.status, text: await response.text() }
  } catch {
    return null
  }
}

const expectAllTrue = async (chaos: Chaos): Promise<void> => {
  const { sparky, acknowledged, diary } = chaos
  const ended = await sparky.run(['agent', 'tasks', 'wait', ...acknowledged.values(), '--timeout', '60'])
  expect(ended, ended.stdout + ended.stderr).toMatchObject({ exitCode: 0 })
  const events = await everyEvent(sparky)
  expectInOrder(events)
  const tasks = ofType(events, 'task_added').map(({ data }) => data.task)
  for (const { id } of tasks) expectHonest(events.filter(({ task_id }) => task_id === id))
  for (const [name, id] of acknowledged) {
    const own = tasks.filter(({ prompt, parent_id }) => parent_id === null && nameOf(prompt) === name)
    expect({ name, ids: own.map((task) => task.id) }).toEqual({ name, ids: [id] })
  }
  expectTurnsInOrder(events, tasks)
  expectPartsInTheirWholes(events, tasks)
  expectDoneOnce(chaos, events, tasks)
  for (const messages of chaos.shown) expectGoodPrompt(messages)
  for (let c = 0; c < conversations; c += 1) await expectReplayed(chaos, `c${c}`, events, tasks)
  diary.push(`${events.length} events`)
  expect(ofType(events, 'compaction').length).toBeGreaterThan(0)
  expect(ofType(events, 'status').filter(({ data }) => data.status === 'pending').length).toBeGreaterThan(0)
}

const nameOf = (prompt: string): string => nameIn(prompt) || prompt

/** One turn of a conversation at a time. */
const expectTurnsInOrder = (events: readonly Event[], tasks: readonly Task[]): void => {
  for (let c = 0; c < conversations; c += 1) {
    const turns = new Map(
      tasks.filter(({ conversation_id }) => conversation_id === `c${c}`).map((task) => [task.id, task]),
    )
    expect(turns.size).toBe(turnsEach)
    let running: string | null = null
    for (const { task_id, data } of ofType(events, 'status')) {
      if (task_id === null || !turns.has(task_id)) continue
      if (data.status === 'in_progress') {
        expect(running).toBe(null)
        running = task_id
      } else if (data.previous === 'in_progress') {
        expect(running).toBe(task_id)
        running = null
      }
    }
    const answers = ofType(events, 'message').filter(
      ({ task_id, data }) => turns.has(task_id ?? '') && data.role === 'assistant',
    )
    expect(answers.map(({ data }) => data.conversation_id)).toEqual(answers.map(() => `c${c}`))
    expect(answers).toHaveLength(turnsEach)
  }
}

/** What was delegated runs only while the one that has delegated it does, and there is one of each call. */
const expectPartsInTheirWholes = (events: readonly Event[], tasks: readonly Task[]): void => {
  const parentOf = new Map(tasks.map(({ id, parent_id }) => [id, parent_id]))
  const statuses = new Map<string, string>()
  for (const { task_id, data } of ofType(events, 'status')) {
    if (task_id === null) continue
    statuses.set(task_id, data.status)
    const parent = parentOf.get(task_id)
    if (data.status === 'in_progress' && parent) expect(statuses.get(parent)).toBe('in_progress')
    if (!isFinal(data.status)) continue
    for (const [id, whole] of parentOf) {
      if (whole === task_id) expect(isFinal((statuses.get(id) ?? 'pending') as Task['status'])).toBe(true)
    }
  }
  const calls = ofType(events, 'tool_use').filter(({ data }) => data.name === 'delegate')
  const parts = tasks.filter(({ parent_id }) => parent_id !== null)
  expect(parts.map(({ parent_id }) => String(parent_id)).toSorted()).toEqual(
    calls.map(({ task_id }) => String(task_id)).toSorted(),
  )
  expect(parts.length).toBeGreaterThan(0)
}

const expectDoneOnce = ({ sparky }: Chaos, events: readonly Event[], tasks: readonly Task[]): void => {
  const tally = sparky.linesOf('tally')
  const byId = new Map(tasks.map((task) => [task.id, task]))
  for (const { task_id, data } of ofType(events, 'tool_result')) {
    const { prompt = '', agent = '', kind } = byId.get(task_id ?? '') ?? {}
    if (data.name === 'delegate') expect(data).toMatchObject({ status: 'ok' })
    if (data.name !== 'run_command' || kind === 'workflow') continue
    const line = `${nameOf(prompt)}-${agent}`
    const times = tally.filter((each) => each === line).length
    expect({ line, status: data.status, times }).toEqual({
      line,
      status: data.status === 'interrupted' ? 'interrupted' : 'ok',
      times: data.status === 'interrupted' ? Math.min(times, 1) : 1,
    })
  }
}

/** Turns take turns, each call has its result right behind it, and what was said comes in the order in which it was said. */
const expectGoodPrompt = (messages: readonly Said[]): void => {
  const [system, ...rest] = messages
  expect(system?.role).toBe('system')
  expect(rest[0]?.role).toBe('user')
  const open: string[] = []
  for (const [at, { role, tool_calls = [], tool_call_id }] of rest.entries()) {
    if (role === 'tool') expect(open.splice(0, 1)).toEqual([tool_call_id])
    else expect(open).toEqual([])
    if (role === 'user') expect(rest[at - 1]?.role ?? 'assistant').toBe('assistant')
    open.push(...tool_calls.map(({ id }) => id))
  }
  expect(open).toEqual([])
  const ids = rest.flatMap(({ tool_calls = [] }) => tool_calls.map(({ id }) => id))
  expect(new Set(ids).size).toBe(ids.length)
  if (!/You are the boss\./.test(textOf(system))) return
  const turns = rest
    .filter((said) => said.role === 'user' && !isSummary(said))
    .map((said) => Number(/-(\d+)»/.exec(textOf(said))?.[1]))
  const last = turns.at(-1) ?? 0
  const whole = Array.from({ length: last + 1 }, (_, nth) => nth)
  expect(turns).toEqual(isSummary(rest[0]) ? whole.slice(-turns.length) : whole)
}

const isSummary = (said: Said | undefined): boolean => textOf(said).startsWith('What was said')

/** Who subscribes to a conversation gets what is about its turns and their parts, and nothing else. */
const expectReplayed = async (
  { sparky }: Chaos,
  conversation_id: string,
  events: readonly Event[],
  tasks: readonly Task[],
): Promise<void> => {
  const ids = new Set<string | null>(
    tasks.filter((task) => task.conversation_id === conversation_id).map(({ id }) => id),
  )
  for (const { id, parent_id } of tasks) if (ids.has(parent_id) && parent_id !== null) ids.add(id)
  const client = await connect(sparky)
  client.send({ type: 'subscribe', conversation_id, after: 0 })
  await client.frame('caught_up')
  const wanted = events.filter(({ task_id }) => task_id !== null && ids.has(task_id))
  await client.until(() => expect(client.events.map(({ seq }) => seq)).toEqual(wanted.map(({ seq }) => seq)))
  client.close()
}
