import type { Json } from '../../../protocol/task.ts'
import type { JsonObject } from '../../../protocol/json-object.ts'
import type { WorkflowOutline } from '../workflow-program.ts'

/** What the daemon tells the worker of a user's module, and what it is told. All of it is JSON. */
export type ToWorker =
  | { readonly kind: 'begin'; readonly id: number; readonly input: string }
  | {
      readonly kind: 'run'
      readonly id: number
      readonly node: string
      readonly state: JsonObject
      readonly facts: NodeFacts
    }
  | { readonly kind: 'finish'; readonly id: number; readonly state: JsonObject }
  /** The answer to a call of a node. */
  | { readonly kind: 'returned'; readonly call: number; readonly value: Json | null }
  | { readonly kind: 'threw'; readonly call: number; readonly error: FarError }
  /** The node with this id is to end. */
  | { readonly kind: 'abort'; readonly id: number; readonly message: string }

export type FromWorker =
  | { readonly kind: 'loaded'; readonly outline: WorkflowOutline }
  | { readonly kind: 'broken'; readonly error: FarError; readonly line: number | null }
  | { readonly kind: 'done'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'failed'; readonly id: number; readonly error: FarError }
  /** A node calls a method of its context. */
  | {
      readonly kind: 'call'
      readonly id: number
      readonly call: number
      readonly method: FarMethod
      readonly args: readonly Json[]
    }
  | {
      readonly kind: 'said'
      readonly id: number
      readonly method: 'progress' | 'log'
      readonly args: readonly Json[]
    }

export type FarMethod = 'tool' | 'model' | 'languageModel' | 'message' | 'sleep'

export interface NodeFacts {
  readonly workflowId: string
  readonly input: string
  readonly data: Json
  readonly node: string
  readonly step: number
  readonly cwd: string
  readonly simulate: boolean
}

export interface WorkerPlace {
  /** Absolute path of the module. */
  readonly file: string
  /** Its name where it has none of its own. */
  readonly name: string
  /** Address of what `sparky-agent/workflow` is. */
  readonly api: string
}

/** An error without its class: what of it counts on the other side. */
export interface FarError {
  readonly name: string
  readonly message: string
  readonly code?: string
  readonly hint?: string
  readonly retryable?: boolean
  readonly tool?: string
  readonly status?: string
  readonly details?: JsonObject
}
