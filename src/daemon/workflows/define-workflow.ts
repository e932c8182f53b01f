import type { Json } from '../../protocol/task.ts'

/**
 * What a workflow is made of: the package's `sparky-agent/workflow`. Types, and one function that does nothing but keep
 * them together, so that a module works as well without it, as a plain object.
 */

export type { Json }

/** What a workflow is between its nodes: an object that JSON can hold, at most 1 MiB of it. */
export type WorkflowState = Record<string, unknown>

/** A named graph of nodes. It begins with `start` and goes from node to node until one says that nothing follows. */
export interface Workflow<State extends object = WorkflowState> {
  /** Letters, digits, `-` and `_`. Left out, it is the name of the file. */
  readonly name?: string
  /** One sentence, for who chooses among workflows. */
  readonly description: string
  /** The state before the first node, made of what was typed. Left out, it is `{ input }`. Throws for what it cannot read. */
  readonly input?: (input: string) => State | Promise<State>
  readonly start: string
  readonly nodes: Readonly<Record<string, WorkflowNode<State>>>
  /** The answer, and what programs get with it. Left out, they are `answer` and `data` of the last state. */
  readonly output?: (state: State) => WorkflowOutput
  /** Whether it heeds `context.simulate`; one that does not is never run with `--simulate`. */
  readonly simulates?: boolean
}

export interface WorkflowNode<State extends object = WorkflowState> {
  /**
   * Does the node's work and returns what it changes in the state: an object whose members replace those of the state,
   * or nothing. It may be run again after a crash; what it does through `context` is not done again then.
   */
  readonly run: (
    state: Readonly<State>,
    context: WorkflowContext,
  ) => Partial<State> | void | Promise<Partial<State> | void>
  /** Which node follows; null or left out: none, the workflow is complete. */
  readonly next?: string | null | ((state: Readonly<State>) => string | null | undefined)
  /** How often a node that fails is tried in all (1), and how long the first wait is (1 s); each wait is twice the last. */
  readonly retries?: NodeRetries
}

export interface NodeRetries {
  readonly attempts: number
  readonly first_s?: number
}

export interface WorkflowOutput {
  readonly answer: string
  readonly data?: unknown
}

/** What a node works with. */
export interface WorkflowContext {
  /** The id of the task. */
  readonly workflowId: string
  /** What was typed. */
  readonly input: string
  /** What came with it (`--context`): JSON, to be taken as data; null where nothing did. */
  readonly data: Json
  readonly node: string
  /** Counted from 1, over all attempts: which run of a node this is. */
  readonly step: number
  /** Absolute path of the task's working directory. */
  readonly cwd: string
  /** Run on samples: nothing outside may be touched. */
  readonly simulate: boolean
  /** Aborts when the workflow is to end: a node should settle soon after. */
  readonly signal: AbortSignal
  /**
   * Runs a built-in tool (`write_file`) or one of an MCP server (`mcp__SERVER__TOOL`). Rejects with a
   * `WorkflowToolError` where the call did not end well. A node that is run again after a crash gets the recorded result.
   */
  tool(name: string, args?: object): Promise<ToolAnswer>
  /**
   * Asks the task's model. With `schema` (JSON Schema) the reply is JSON that fits it, else it is text. A node that is
   * run again after a crash gets the recorded reply.
   */
  model(request: WorkflowModelRequest & { readonly schema: object }): Promise<Json>
  model(request: WorkflowModelRequest): Promise<string>
  /** `provider/model` of the task; null where there is none but the offline demo, which is no language model. */
  languageModel(): Promise<string | null>
  /** Says where the node stands: for people, and a sign of life. */
  progress(note: string): void
  /** Says something that stays in the task's history. */
  message(text: string): Promise<void>
  /** Waits. Ends at once with the workflow; a daemon that stops does not wait for it. */
  sleep(ms: number): Promise<void>
  /** Writes to the daemon's log. */
  log(message: string, fields?: object): void
}

export interface WorkflowModelRequest {
  readonly system?: string
  readonly prompt: string
  /** 0 to 2; left out, it is the provider's own. */
  readonly temperature?: number
  /** JSON Schema of what the reply must be. */
  readonly schema?: object
}

export interface ToolAnswer {
  /** As a reader sees it, whole up to 10 MiB. */
  readonly text: string
  /** Facts for programs; which there are depends on the tool. */
  readonly details: Readonly<Record<string, Json>>
}

/** What `context.tool` rejects with. */
export interface WorkflowToolError extends Error {
  readonly name: 'WorkflowToolError'
  /** `tool_failed`, `not_found`, `usage` … */
  readonly code: string
  readonly tool: string
  /** `interrupted`: whether the call took effect is not known. Sparky never makes such a call again by itself. */
  readonly status: 'error' | 'denied' | 'interrupted'
  readonly details: Readonly<Record<string, Json>>
}

/** Keeps the types of a workflow together; returns it as it is. */
export const defineWorkflow = <State extends object = WorkflowState>(
  workflow: Workflow<State>,
): Workflow<State> => workflow
