import type { AttemptDraft } from '../queue/running-attempt.ts'
import { runTool } from '../tools/run-tool.ts'
import type { Tool, ToolContext } from '../tools/tool.ts'
import { cutForEvent, eventLimitBytes } from '../tools/truncate.ts'
import { groupsOf, planOf, stoppedBefore, type CallPlan, type SettledCall } from './call-plan.ts'
import type { DraftBatch } from './draft-batch.ts'
import { Inbox } from './inbox.ts'
import { loopWarning } from './loop-detection.ts'
import type { ProgressFacts, ResultFacts } from './private-facts.ts'
import type { OpenCall, Transcript, UnansweredUse } from './transcript.ts'
import { verdictOf } from './turn.ts'

export interface CallSetup {
  readonly transcript: Transcript
  readonly batch: DraftBatch
  readonly tools: ReadonlyMap<string, Tool>
  /** What tools get, but for what is of one call: `callId`, `output`, `started` and `noted`. */
  readonly toolContext: Omit<ToolContext, 'callId' | 'output' | 'started' | 'noted'>
  readonly maxSteps: number | null
  /** Aborts when no further call may start. A running one goes on until `toolContext.signal` aborts. */
  readonly signal: AbortSignal
  readonly onOutput: (output: CallOutput) => void
  /** Keeps a whole result that is too large for its event. */
  readonly keepResult: (callId: string, text: string) => Promise<void>
}

interface CallOutput {
  readonly callId: string
  readonly step: number
  readonly text: string
}

type Batches = AsyncGenerator<readonly AttemptDraft[], void, void>

/**
 * Settles the open calls of the latest turn: adjacent reads together, others alone and in order. A call's `tool_use`
 * is yielded before it starts; results are yielded as they come, the last ones left in the batch, to be yielded with
 * what follows. Returns early when the signal has aborted; then calls that were not started, or go on, may be left open.
 */
export async function* runOpenCalls(setup: CallSetup): Batches {
  const { transcript, tools, signal } = setup
  const { turn } = transcript
  // The task ends with a reply that was filtered: its calls are none.
  if (turn === undefined || verdictOf(turn).kind === 'refused') return
  const plans = transcript.openCalls.map((call) => planOf(call, { turn, tools }))
  for (const group of groupsOf(plans)) {
    if (signal.aborted) return
    yield* runGroup(group, turn.step, setup)
  }
}

async function* runGroup(group: readonly CallPlan[], step: number, setup: CallSetup): Batches {
  const { batch, toolContext, transcript } = setup
  const end = (call: OpenCall, settled: SettledCall): void =>
    batch.add(resultDraft({ call, settled, step, transcript }))

  for (const { call } of group) if (!call.started) batch.add(useDraft(call, step))
  for (const plan of group) if (plan.kind === 'answer') end(plan.call, plan.settled)
  const toRun = group.filter((plan) => plan.kind === 'run')
  if (toRun.length === 0) return
  yield batch.take()
  // A call that is written runs, even where the attempt is to stop after it, unless no call may run any more.
  if (toolContext.signal.aborted) {
    for (const { call } of toRun) end(call, stoppedBefore)
    return
  }
  yield* runTogether(toRun, { step, setup, end })
}

interface GroupRun {
  readonly step: number
  readonly setup: CallSetup
  readonly end: (call: OpenCall, settled: SettledCall) => void
}

async function* runTogether(
  plans: readonly Extract<CallPlan, { kind: 'run' }>[],
  { step, setup, end }: GroupRun,
): Batches {
  const { batch, maxSteps } = setup
  const inbox = new Inbox<() => void>()
  let running = plans.length
  const runs = plans.map(async ({ call, tool }) => {
    const settled = await settle(call, tool, {
      setup,
      output: (text) => setup.onOutput({ callId: call.callId, step, text }),
      started: (process) => {
        const facts = { kind: 'process' as const, callId: call.callId, process }
        const note = `${tool.name} runs as process ${process.pid}`
        return inbox.post(() => batch.add(noteDraft({ note, facts, step, maxSteps })))
      },
      noted: (note) => {
        const facts = { kind: 'noted' as const, callId: call.callId }
        return inbox.post(() => batch.add(noteDraft({ note, facts, step, maxSteps })))
      },
    })
    const isLeftOpen = settled.goesOn === true && setup.signal.aborted
    inbox.drop(() => {
      // Counted where it is dealt with: two calls may end in the same moment.
      running -= 1
      if (!isLeftOpen) end(call, settled)
    })
  })
  try {
    for (;;) {
      const { items, isAwaited, delivered } = await inbox.next()
      for (const put of items) put()
      if (running === 0 && !isAwaited) return
      yield batch.take()
      delivered()
    }
  } finally {
    inbox.close()
    await Promise.all(runs)
  }
}

interface CallRun extends Pick<ToolContext, 'output' | 'started' | 'noted'> {
  readonly setup: CallSetup
}

const settle = async (call: OpenCall, tool: Tool, { setup, ...ofCall }: CallRun): Promise<SettledCall> => {
  const { callId } = call
  const settled = await runTool(tool, call.input, { ...setup.toolContext, callId, ...ofCall })
  if (settled.bytes > eventLimitBytes) await setup.keepResult(callId, settled.text)
  return { ...settled, misuse: settled.status === 'error' && settled.details?.['code'] === 'usage' }
}

const useDraft = ({ callId, name, args }: OpenCall, step: number): AttemptDraft => ({
  type: 'tool_use',
  step,
  data: { call_id: callId, name, args },
})

interface CallNote {
  readonly note: string
  readonly facts: Extract<ProgressFacts, { kind: 'process' | 'noted' }>
  readonly step: number
  readonly maxSteps: number | null
}

/** No event type is about processes, or what else a call does; the progress of the step is what a person sees of it. */
const noteDraft = ({ note, facts, step, maxSteps }: CallNote): AttemptDraft => ({
  type: 'progress',
  step,
  data: { step, max_steps: maxSteps, note },
  private: facts,
})

interface CallEnd {
  readonly call: OpenCall
  readonly settled: SettledCall
  readonly step: number
  readonly transcript: Transcript
}

const resultDraft = ({ call, settled, step, transcript }: CallEnd): AttemptDraft => {
  const { callId, name, args } = call
  const { status, bytes, durationMs, details, misuse, spent } = settled
  const { text, truncated } = cutForEvent(settled.text)
  const warning = loopWarning([...transcript.pastCalls, { name, args, result: text }])
  const forModel = warning === null ? settled.forModel : `${settled.forModel}\n\n${warning}`
  const facts: ResultFacts = {
    ...(forModel === text ? {} : { forModel }),
    ...(misuse ? { misuse } : {}),
    ...(spent === undefined ? {} : { spent }),
  }
  return {
    type: 'tool_result',
    step,
    data: {
      call_id: callId,
      name,
      status,
      result: text,
      duration_ms: durationMs,
      truncated,
      bytes,
      ...(details === undefined ? {} : { details }),
    },
    ...(Object.keys(facts).length === 0 ? {} : { private: facts }),
  }
}

/** The result of a call that was ended, or lost with the daemon that ran it. */
export const interruptedDraft = (
  { callId, name }: UnansweredUse,
  why: string,
  step: number,
): AttemptDraft => {
  const result = `Interrupted: ${why}. Whether the call took effect is not known: find out before you make it again.`
  return {
    type: 'tool_result',
    step,
    data: {
      call_id: callId,
      name,
      status: 'interrupted',
      result,
      duration_ms: 0,
      truncated: false,
      bytes: Buffer.byteLength(result),
    },
  }
}
