import type { JsonObject } from '../../protocol/json-object.ts'
import type { Json } from '../../protocol/task.ts'
import type { Workflow, WorkflowContext, WorkflowNode } from './define-workflow.ts'
import { kindOf, toJson, toJsonObject } from './plain-json.ts'
import type { NodeEnd, NodeOutline, WorkflowBody, WorkflowOutline } from './workflow-program.ts'

/** A checked workflow whose functions are at hand: in the daemon, or in the worker of a user's module. */
export const localBody = (workflow: Workflow, outline: WorkflowOutline): WorkflowBody => ({
  outline,
  begin: async (input) =>
    workflow.input === undefined ? { input } : toJsonObject(await workflow.input(input), 'the first state'),
  run: (node, state, context) => runNode(workflow, { node, state, context }),
  finish: async (state) => {
    const { answer, data } = workflow.output === undefined ? plainOutput(state) : workflow.output(state)
    if (typeof answer !== 'string')
      throw new TypeError(`expected the answer to be a string, found ${kindOf(answer)}`)
    return { answer, data: data === undefined ? null : toJson(data, 'data') }
  },
  close: () => {},
})

interface NodeCall {
  readonly node: string
  readonly state: JsonObject
  readonly context: WorkflowContext
}

const runNode = async (workflow: Workflow, { node, state, context }: NodeCall): Promise<NodeEnd> => {
  const found = Object.hasOwn(workflow.nodes, node) ? workflow.nodes[node] : undefined
  if (found === undefined) throw new TypeError(`there is no node "${node}"`)
  const returned = (await found.run(structuredClone(state), context)) as unknown
  const changes =
    returned === undefined || returned === null
      ? {}
      : toJsonObject(returned, `what node "${node}" returns, changes of the state,`)
  const after = { ...state, ...changes }
  return { changes, state: after, next: nextOf(found, after, node) }
}

const nextOf = ({ next }: WorkflowNode, state: JsonObject, node: string): string | null => {
  const name: unknown = typeof next === 'function' ? next(structuredClone(state)) : next
  if (name === undefined || name === null) return null
  if (typeof name === 'string') return name
  throw new TypeError(
    `expected what follows node "${node}" to be the name of a node or null, found ${kindOf(name)}`,
  )
}

const plainOutput = (state: JsonObject): { answer: unknown; data: Json | undefined } => ({
  answer: typeof state['answer'] === 'string' ? state['answer'] : JSON.stringify(state, null, 2),
  data: state['data'],
})

const nameForm = /^[A-Za-z][\w-]{0,63}$/
const maxNodes = 500
const maxTries = 100
const maxDescription = 1000
const maxShown = 100

/** What a module exports, as a workflow; throws an error that says in one line what is wrong with it. */
export const checkedWorkflow = (exported: unknown, fallbackName: string): [Workflow, WorkflowOutline] => {
  if (typeof exported !== 'object' || exported === null)
    throw new TypeError(`expected the default export to be a workflow, found ${kindOf(exported)}`)
  const {
    name = fallbackName,
    description,
    start,
    nodes,
    input,
    output,
    simulates = false,
  } = exported as Partial<Record<keyof Workflow, unknown>>
  if (typeof name !== 'string' || !nameForm.test(name))
    throw expected('name', 'letters, digits, - and _', name)
  if (typeof description !== 'string' || description.trim() === '')
    throw expected('description', 'a sentence', description)
  if (typeof nodes !== 'object' || nodes === null || Array.isArray(nodes))
    throw expected('nodes', 'an object: name -> node', nodes)
  for (const [member, value] of Object.entries({ input, output })) {
    if (value !== undefined && typeof value !== 'function') throw expected(member, 'a function', value)
  }
  if (typeof simulates !== 'boolean') throw expected('simulates', 'true or false', simulates)
  const names = Object.keys(nodes)
  if (names.length === 0) throw new TypeError('expected at least one node, found none')
  if (names.length > maxNodes)
    throw new TypeError(`expected at most ${maxNodes} nodes, found ${names.length}`)
  if (typeof start !== 'string' || !names.includes(start))
    throw expected('start', `the name of a node (${names.slice(0, 10).join(', ')})`, start)
  const outlines = Object.entries(nodes).map(([node, value]) => nodeOutline(node, value, names))
  const outline = { name, description: description.trim().slice(0, maxDescription), start, simulates }
  return [exported as Workflow, { ...outline, nodes: outlines }]
}

const nodeOutline = (name: string, node: unknown, names: readonly string[]): NodeOutline => {
  if (!nameForm.test(name)) throw expected(`the name of a node`, 'letters, digits, - and _', name)
  const { run, next, retries } = (node ?? {}) as Partial<Record<keyof WorkflowNode, unknown>>
  if (typeof run !== 'function') throw expected(`nodes.${name}.run`, 'a function', run)
  const isEnd = next === undefined || next === null || typeof next === 'function'
  if (!isEnd && (typeof next !== 'string' || !names.includes(next)))
    throw expected(`nodes.${name}.next`, 'the name of a node, a function or null', next)
  const { attempts = 1, first_s: firstS = 1 } = (retries ?? {}) as { attempts?: unknown; first_s?: unknown }
  if (!Number.isInteger(attempts) || Number(attempts) < 1 || Number(attempts) > maxTries)
    throw expected(`nodes.${name}.retries.attempts`, `a whole number from 1 to ${maxTries}`, attempts)
  if (typeof firstS !== 'number' || !(firstS >= 0 && firstS <= 86_400))
    throw expected(`nodes.${name}.retries.first_s`, 'a number of seconds', firstS)
  return { name, attempts: Number(attempts), firstMs: firstS * 1000 }
}

const expected = (member: string, what: string, found: unknown): TypeError => {
  const isShort = typeof found === 'string' ? found.length <= maxShown : typeof found === 'number'
  const shown = isShort ? JSON.stringify(found) : kindOf(found)
  return new TypeError(`expected ${member} to be ${what}, found ${shown}`)
}
