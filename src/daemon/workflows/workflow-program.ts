import type { WorkflowRow } from '../../protocol/workflow.ts'
import type { WorkflowContext } from './define-workflow.ts'
import type { JsonObject } from '../../protocol/json-object.ts'

/** What is known of a workflow without running it. */
export interface WorkflowOutline {
  readonly name: string
  readonly description: string
  readonly start: string
  readonly nodes: readonly NodeOutline[]
  readonly simulates: boolean
}

export interface NodeOutline {
  readonly name: string
  /** How often it is tried in all. */
  readonly attempts: number
  readonly firstMs: number
}

/** A workflow that may be run: one of Sparky's own, or a module of the user's. */
export interface WorkflowProgram {
  readonly row: WorkflowRow
  readonly simulates: boolean
  /** What keeps it from being run as things are: a `SparkyError` that says how to mend it. */
  readonly obstacle?: () => Error | null
  /** Makes it ready for one attempt: from now on it stays as it is, whatever becomes of its file. */
  open(surroundings: BodySurroundings): Promise<WorkflowBody>
}

/** What a module of the user's gets of the world. */
export interface BodySurroundings {
  readonly environment: Readonly<Record<string, string>>
  /** Lines that it prints. */
  readonly onPrinted: (line: string) => void
  /** A module that has not loaded by then hangs. */
  readonly loadTimeoutMs?: number
}

/**
 * The graph of one attempt, wherever it runs. What its nodes return is JSON when it comes out of here, or the call
 * rejects; errors keep `code` and `retryable` where they have them.
 */
export interface WorkflowBody {
  readonly outline: WorkflowOutline
  /** The state before the first node. */
  begin(input: string): Promise<JsonObject>
  run(node: string, state: JsonObject, context: NodeContext): Promise<NodeEnd>
  finish(state: JsonObject): Promise<{ readonly answer: string; readonly data: JsonObject[string] | null }>
  /** Ends what still runs. */
  close(): void
}

/** What a node may do, with what only Sparky's own workflows do. */
export interface NodeContext extends WorkflowContext {
  /** Told to watchers in one batch with the end of the node. */
  found(results: FoundResults): void
  /** In a simulation: tells watchers of a tool what they would be told if it ran. */
  pretend(tool: string, message: string): Promise<void>
}

export interface FoundResults {
  readonly query: string
  readonly results: readonly { readonly title: string; readonly url: string; readonly snippet: string }[]
  readonly synthesis: string
}

export interface NodeEnd {
  readonly changes: JsonObject
  readonly state: JsonObject
  /** Null where the workflow is complete. */
  readonly next: string | null
}
