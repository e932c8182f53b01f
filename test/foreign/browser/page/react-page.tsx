import { StrictMode, useEffect, useState, type ReactElement } from 'react'
import { createRoot, type Root } from 'react-dom/client'
import { createClient } from '../../../../src/client/client.ts'
import {
  SparkyProvider,
  useAgentTask,
  useTasks,
  useUnifiedAgentChat,
  useWorkflowWebSocket,
} from '../../../../src/react/react.ts'
import { doJobs } from './jobs.ts'

/** What callbacks were told, and what went wrong unheard, in order. */
const told: unknown[] = []
const unheard: string[] = []

const page = globalThis as unknown as Page
page.addEventListener('error', ({ message }) => unheard.push(String(message)))
page.addEventListener('unhandledrejection', ({ reason }) => unheard.push(`unhandled: ${String(reason)}`))
// React says here what it does not like.
console.error = (...words: unknown[]) => void unheard.push(words.map(String).join(' '))

/** As in the seeds: a button, and what became of it. */
const TaskCard = ({ prompt }: { readonly prompt: string }): ReactElement => {
  const { submitTask, isSubmitting, isProcessing, currentTask, error } = useAgentTask({
    onComplete: (task) => told.push({ completed: task.response_payload?.answer }),
    onError: (error) => told.push({ failed: error.code }),
  })
  const handleSubmit = async (): Promise<void> => {
    const task = await submitTask({ prompt, context: { from: 'a page' } })
    told.push({ resolved: task?.status ?? null })
  }
  return (
    <div>
      <button onClick={() => void handleSubmit()} disabled={isSubmitting || isProcessing}>
        {isSubmitting ? 'Submitting' : isProcessing ? 'Processing' : 'Submit'}
      </button>
      <p id="status">{currentTask?.status}</p>
      <p id="answer">{currentTask?.response_payload?.answer}</p>
      <p id="error">{error?.message}</p>
    </div>
  )
}

const TaskTable = (): ReactElement => {
  const { tasks, connection } = useTasks({ limit: 3 })
  return (
    <div>
      <p id="connection">{connection.state}</p>
      <p id="tasks">{tasks.map(({ number, status }) => `${number} ${status}`).join(', ')}</p>
    </div>
  )
}

const WorkflowCard = ({ workflowId }: { readonly workflowId: string }): ReactElement => {
  const { subscribeToWorkflow, onNodeUpdate, onSearchResults, isConnected, isAuthenticated } =
    useWorkflowWebSocket({ userId: 'ada', autoConnect: true })
  const [nodes, setNodes] = useState<readonly string[]>([])
  useEffect(() => {
    subscribeToWorkflow(workflowId)
    const unsubscribes = [
      onNodeUpdate(({ node }, id) => {
        told.push({ node, id })
        setNodes((before) => [...before, node])
      }),
      onSearchResults(({ synthesis }, id) => told.push({ synthesis, id })),
    ]
    return () => unsubscribes.forEach((unsubscribe) => unsubscribe())
  }, [workflowId, subscribeToWorkflow, onNodeUpdate, onSearchResults])
  return (
    <div>
      <p id="state">
        {[isConnected && 'connected', isAuthenticated && 'authenticated'].filter(Boolean).join(', ')}
      </p>
      <p id="nodes">{nodes.join(' ')}</p>
    </div>
  )
}

const ChatPanel = (): ReactElement => {
  const { messages, sendMessage, switchAgent, isConnected, activeAgent } = useUnifiedAgentChat()
  return (
    <div>
      <button id="send" onClick={() => sendMessage('Hello')} />
      <button id="guide" onClick={() => switchAgent({ type: 'guide' })} />
      <button id="insights" onClick={() => switchAgent({ type: 'liaison', pillar: 'insights' })} />
      <p id="agent">{activeAgent.pillar ?? activeAgent.type}</p>
      <p id="state">{isConnected ? 'connected' : 'not connected'}</p>
      <p id="messages">
        {messages.map(({ role, content, state }) => `${role}: ${content} (${state})`).join('; ')}
      </p>
    </div>
  )
}

interface Daemon {
  readonly url: string
  readonly token: string
}

let root: Root | undefined

const tools = {
  told,
  unheard,
  /** Puts one component on the page, strictly: React mounts it twice, and takes it away in between. */
  show: ({ url, token }: Daemon, component: Component): void => {
    const element = page.document.createElement('div')
    page.document.body.append(element)
    root = createRoot(element)
    root.render(
      <StrictMode>
        <SparkyProvider client={createClient({ url, token })}>{elementOf(component)}</SparkyProvider>
      </StrictMode>,
    )
  },
  leave: (): void => root?.unmount(),
  click: (selector: string): void => page.document.querySelector(selector)?.click(),
  /** Resolves with the text of an element as soon as it is this one, or matches. */
  text: (selector: string, wanted: string | RegExp): Promise<string> =>
    new Promise((resolve) => {
      const look = (): void => {
        const text = page.document.querySelector(selector)?.textContent ?? undefined
        if (text === undefined || !(typeof wanted === 'string' ? text === wanted : wanted.test(text))) return
        observer.disconnect()
        resolve(text)
      }
      const observer = new page.MutationObserver(look)
      observer.observe(page.document.body, { subtree: true, childList: true, characterData: true })
      look()
    }),
}
export type ReactTools = typeof tools

type Component =
  | { readonly name: 'TaskCard'; readonly prompt: string }
  | { readonly name: 'TaskTable' }
  | { readonly name: 'WorkflowCard'; readonly workflowId: string }
  | { readonly name: 'ChatPanel' }

const elementOf = (component: Component): ReactElement => {
  switch (component.name) {
    case 'TaskCard':
      return <TaskCard prompt={component.prompt} />
    case 'TaskTable':
      return <TaskTable />
    case 'WorkflowCard':
      return <WorkflowCard workflowId={component.workflowId} />
    case 'ChatPanel':
      return <ChatPanel />
  }
}

/** As much of a browser as is used here. */
interface Page {
  readonly control: string
  readonly document: {
    readonly body: { append(element: unknown): void }
    createElement(name: string): Element
    querySelector(selector: string): { readonly textContent: string | null; click(): void } | null
  }
  readonly MutationObserver: new (onChange: () => void) => {
    observe(element: unknown, options: object): void
    disconnect(): void
  }
  addEventListener(type: string, listener: (event: { message?: unknown; reason?: unknown }) => void): void
}

void doJobs(page.control, tools)
