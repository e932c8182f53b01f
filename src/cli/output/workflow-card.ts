import type { Event } from '../../protocol/event.ts'

/** `left`: the workflow has ended while it ran. */
type NodeStatus = 'waiting' | 'executing' | 'completed' | 'failed' | 'left'

/** What stands on the card of a workflow: its nodes, and below each the tools that it runs. Pure. */
export interface WorkflowCard {
  readonly status: 'queued' | 'executing' | 'completed' | 'failed' | 'cancelled'
  readonly nodes: readonly CardNode[]
  /** What the node that runs says of where it stands. */
  readonly note: string | null
}

export interface CardNode {
  readonly name: string
  readonly status: NodeStatus
  /** How often it has begun; loops run a node more than once. */
  readonly runs: number
  /** Milliseconds since 1970. */
  readonly beganMs: number | null
  readonly tookMs: number | null
  readonly error: string | null
  readonly tools: readonly CardTool[]
}

export interface CardTool {
  readonly name: string
  readonly status: 'executing' | 'completed' | 'failed'
  readonly message: string
  readonly tookMs: number | null
}

export const newCard = (nodes: readonly string[]): WorkflowCard => ({
  status: 'queued',
  nodes: nodes.map(waitingNode),
  note: null,
})

/** The card after one more event; the same object where it shows nothing of it. */
export const cardWith = (card: WorkflowCard, event: Event): WorkflowCard => {
  if (event.type === 'workflow_status') {
    const { status } = event.data
    const isEnd = status !== 'executing'
    return {
      status,
      note: isEnd ? null : card.note,
      nodes: isEnd ? card.nodes.map((node) => leftBy(node, event)) : card.nodes,
    }
  }
  if (event.type === 'node_update') {
    const { node, status, error = null } = event.data
    const atMs = Date.parse(event.ts)
    const known = card.nodes.some(({ name }) => name === node)
    const nodes = known ? card.nodes : [...card.nodes, waitingNode(node)]
    return { ...card, note: null, nodes: changed(nodes, node, (it) => nodeWith(it, { status, error, atMs })) }
  }
  if (event.type === 'tool_update') {
    const running = card.nodes.find(({ status }) => status === 'executing')
    return running === undefined
      ? card
      : { ...card, nodes: changed(card.nodes, running.name, (node) => withTool(node, event.data)) }
  }
  if (event.type === 'progress') {
    const { note } = event.data
    const isName = card.nodes.some(({ name }) => name === note)
    return note === null || isName ? card : { ...card, note }
  }
  return card
}

const waitingNode = (name: string): CardNode => ({
  name,
  status: 'waiting',
  runs: 0,
  beganMs: null,
  tookMs: null,
  error: null,
  tools: [],
})

const changed = (
  nodes: readonly CardNode[],
  name: string,
  change: (node: CardNode) => CardNode,
): readonly CardNode[] => nodes.map((node) => (node.name === name ? change(node) : node))

const leftBy = (node: CardNode, { ts }: Event): CardNode =>
  node.status === 'executing' && node.beganMs !== null
    ? { ...node, status: 'left', tookMs: Date.parse(ts) - node.beganMs }
    : node

interface NodeNews {
  readonly status: Exclude<NodeStatus, 'waiting' | 'left'>
  readonly error: string | null
  readonly atMs: number
}

const nodeWith = (node: CardNode, { status, error, atMs }: NodeNews): CardNode =>
  status === 'executing'
    ? { ...node, status, error: null, runs: node.runs + 1, beganMs: atMs, tookMs: null, tools: [] }
    : { ...node, status, error, tookMs: node.beganMs === null ? null : atMs - node.beganMs }

const withTool = (
  node: CardNode,
  update: {
    tool: string
    status: CardTool['status']
    message: string
    execution_time_ms?: number | undefined
  },
): CardNode => {
  const { tool: name, status, message, execution_time_ms: tookMs = null } = update
  const tool: CardTool = { name, status, message, tookMs }
  const at = node.tools.findIndex((known) => known.name === name && known.status === 'executing')
  if (status === 'executing' || at === -1) return { ...node, tools: [...node.tools, tool] }
  return { ...node, tools: node.tools.with(at, tool) }
}
