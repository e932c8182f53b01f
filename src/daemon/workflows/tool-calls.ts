import { setImmediate } from 'node:timers/promises'
import { SparkyError } from '../../protocol/failure.ts'
import type { EventPayload } from '../../protocol/event.ts'
import type { Json } from '../../protocol/task.ts'
import { notRun, stoppedBefore } from '../agent/call-plan.ts'
import type { ProgressFacts } from '../agent/private-facts.ts'
import type { AttemptDraft } from '../queue/running-attempt.ts'
import { runTool, type SettledTool } from '../tools/run-tool.ts'
import type { Tool, ToolContext } from '../tools/tool.ts'
import { eventLimitBytes } from '../tools/truncate.ts'
import type { ToolAnswer } from './define-workflow.ts'
import { callMessage, firstLine, resultDrafts, toolError } from './tool-drafts.ts'
import type { NodeRecord, WorkflowHistory } from './workflow-history.ts'
import type { Slots } from './slots.ts'
import type { Stops } from './stops.ts'

export interface ToolCallSetup {
  readonly workflowId: string
  readonly history: WorkflowHistory
  readonly run: NodeRecord
  readonly stops: Stops
  readonly slots: Slots
  readonly maxSteps: number | null
  readonly find: (name: string) => Promise<Tool | undefined>
  readonly toolContext: Omit<ToolContext, 'callId' | 'output' | 'started' | 'noted' | 'signal'>
  readonly record: (drafts: readonly AttemptDraft[]) => Promise<void>
  readonly keepResult: (callId: string, text: string) => Promise<void>
  /** The whole of a result that stands cut in its event. */
  readonly wholeResult: (callId: string) => Promise<string | undefined>
  readonly onOutput: (callId: string, text: string) => void
}

/** One call of a tool by a node: made, or found among those that it has made before. Rejects with a `WorkflowToolError`. */
export const callTool = async (name: string, args: Json, setup: ToolCallSetup): Promise<ToolAnswer> => {
  const tool = await found(name, setup)
  // What is not there any more may have been anything.
  const isOnce = tool === undefined || (tool.effect === 'once' && tool.resumable !== true)
  const claim = await claimOf(name, args, isOnce, setup)
  if (claim.kind === 'finished') return answerOf(name, claim.call.result, setup)
  if (claim.kind === 'open' && isOnce) return answerOf(name, await lost(claim.call, setup), setup)
  if (tool === undefined) {
    const message = `there is no tool "${name}"`
    throw toolError({ tool: name, status: 'error', code: 'not_found', message, details: {} })
  }
  await setup.stops.pass()
  return setup.slots.use(async () => {
    await setup.stops.pass()
    const callId = claim.kind === 'open' ? claim.call.callId : setup.history.newCallId()
    return run(tool, { callId, args, isBegun: claim.kind === 'open' }, setup)
  })
}

/** A server of tools may be starting when the daemon stops: that is no fault of the call. */
const found = async (name: string, { find, stops }: ToolCallSetup): Promise<Tool | undefined> => {
  try {
    return await find(name)
  } catch (error) {
    if (stops.isStopping) return stops.hold()
    throw error
  }
}

/**
 * A call that changes something is made only where it is none that the node may have made before in another way: what
 * runs beside it finds its own first.
 */
const claimOf = async (
  name: string,
  args: Json,
  isOnce: boolean,
  { run }: ToolCallSetup,
): Promise<ReturnType<NodeRecord['calls']['claim']>> => {
  const claim = run.calls.claim(name, args, isOnce)
  if (claim.kind !== 'new' || !isOnce || run.calls.unclaimed(name) === undefined) return claim
  await setImmediate()
  const other = run.calls.unclaimed(name)
  if (other === undefined) return claim
  throw new SparkyError(
    'conflict',
    `node ${run.node} calls ${name} in another way than before it was interrupted (${other.callId}), so the call is not made: it may have been made already`,
    { hint: 'Give what must happen once the same arguments each time. A retry by hand starts afresh.' },
  )
}

interface Call {
  readonly callId: string
  readonly args: Json
  /** Its `tool_use` is there. */
  readonly isBegun: boolean
}

const run = async (tool: Tool, call: Call, setup: ToolCallSetup): Promise<ToolAnswer> => {
  const { stops, record, workflowId, run: node } = setup
  const { callId, args } = call
  const { name } = tool
  const settled = await stops.running(async () => {
    const executing: AttemptDraft = {
      type: 'tool_update',
      step: node.step,
      data: { workflow_id: workflowId, tool: name, status: 'executing', message: callMessage(name, args) },
    }
    const use: AttemptDraft = { type: 'tool_use', step: node.step, data: { call_id: callId, name, args } }
    await record(call.isBegun ? [executing] : [use, executing])
    const settled = stops.tools.aborted
      ? stoppedBefore
      : await runTool(tool, args, contextOf(tool, callId, setup))
    if (settled.bytes > eventLimitBytes) await setup.keepResult(callId, settled.text)
    await record(resultDrafts({ callId, name, settled, workflowId, step: node.step }))
    return settled
  })
  return answerOrThrow(name, settled)
}

const contextOf = (tool: Tool, callId: string, setup: ToolCallSetup): ToolContext => ({
  ...setup.toolContext,
  signal: setup.stops.tools,
  callId,
  output: (text) => setup.onOutput(callId, text),
  started: (process) => {
    const facts = { kind: 'process' as const, callId, process }
    return setup.record([noteDraft(`${tool.name} runs as process ${process.pid}`, facts, setup)])
  },
  noted: (note) => setup.record([noteDraft(note, { kind: 'noted', callId }, setup)]),
})

const noteDraft = (
  note: string,
  facts: Extract<ProgressFacts, { kind: 'process' | 'noted' }>,
  { run, maxSteps }: ToolCallSetup,
): AttemptDraft => ({
  type: 'progress',
  step: run.step,
  data: { step: run.step, max_steps: maxSteps, note: `${run.node}: ${note}` },
  private: facts,
})

/** A call that the daemon's end cut off, and that is never made again by itself. */
const lost = async (
  { callId, name }: { readonly callId: string; readonly name: string },
  { record, workflowId, run }: ToolCallSetup,
): Promise<EventPayload<'tool_result'>> => {
  const text =
    'Interrupted: the daemon ended while this ran. Whether it took effect is not known: find out before you do it again.'
  const settled = notRun('interrupted', text)
  const drafts = resultDrafts({ callId, name, settled, workflowId, step: run.step })
  await record(drafts)
  return {
    call_id: callId,
    name,
    status: 'interrupted',
    result: text,
    duration_ms: 0,
    truncated: false,
    bytes: 0,
  }
}

/** What was recorded of a call, as it was given when it was made. */
const answerOf = async (
  name: string,
  result: EventPayload<'tool_result'> | null,
  { wholeResult }: ToolCallSetup,
): Promise<ToolAnswer> => {
  if (result === null) throw new TypeError(`a call of ${name} has no result`)
  const { status, details, truncated, call_id: callId } = result
  const shown = typeof result.result === 'string' ? result.result : JSON.stringify(result.result)
  const text = truncated ? ((await wholeResult(callId)) ?? shown) : shown
  return answerOrThrow(name, { status, text, ...(details === undefined ? {} : { details }) })
}

interface Ended extends Pick<SettledTool, 'text'> {
  readonly status: EventPayload<'tool_result'>['status']
  readonly details?: Readonly<Record<string, Json>>
}

const answerOrThrow = (tool: string, { status, text, details = {} }: Ended): ToolAnswer => {
  if (status === 'ok') return { text, details }
  const code = typeof details['code'] === 'string' ? details['code'] : 'tool_failed'
  throw toolError({ tool, status, code, message: firstLine(text), details })
}
