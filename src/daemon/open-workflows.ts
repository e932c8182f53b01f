import { runAttempt } from './agent/attempt.ts'
import type { AttemptParts } from './agent/attempt-parts.ts'
import { toolEnvironment } from './agent/tool-environment.ts'
import type { LiveSettings } from './live-settings.ts'
import type { Trust } from './projects/trust.ts'
import type { Queue } from './queue/queue.ts'
import type { RunningAttempt } from './queue/running-attempt.ts'
import type { WorkflowDesk } from './server/desks.ts'
import type { Store } from './store/store.ts'
import { builtInPrograms } from './workflows/built-in-programs.ts'
import { runWorkflow } from './workflows/run-workflow.ts'
import { workflowDesk } from './workflows/workflow-desk.ts'
import { WorkflowLibrary } from './workflows/workflow-library.ts'

interface WorkflowSurroundings {
  readonly home: string
  readonly trust: Trust
  readonly settings: LiveSettings
  readonly store: Store
  readonly queue: Queue
  readonly parts: AttemptParts
}

interface OpenWorkflows {
  readonly desk: WorkflowDesk
  /** Runs what was claimed to its end, as what it is: a workflow, or an agent's work. Never rejects. */
  readonly run: (attempt: RunningAttempt, hardStop: AbortSignal) => Promise<void>
}

export const openWorkflows = ({
  home,
  trust,
  settings,
  store,
  queue,
  parts,
}: WorkflowSurroundings): OpenWorkflows => {
  const library = new WorkflowLibrary({
    home,
    trust,
    builtIn: builtInPrograms(() => settings.models.settings.search),
    environment: toolEnvironment(parts.environment, {}),
  })
  const workflowParts = {
    ...parts,
    store,
    programOf: ({ request_payload: { workflow }, cwd }: RunningAttempt['task']) =>
      library.find(typeof workflow === 'string' ? workflow : '', cwd),
  }
  return {
    desk: workflowDesk({ library, queue }),
    run: (attempt, hardStop) =>
      attempt.task.kind === 'workflow'
        ? runWorkflow(attempt, workflowParts, hardStop)
        : runAttempt(attempt, parts, hardStop),
  }
}
