import { ModelFailure } from './model-failure.ts'
import { waysToConfigure } from './choose-model.ts'
import { offlineDemo } from './model-name.ts'
import type { Model, ModelPart, ModelPrompt, ModelReply, ModelRequest, ReplyPart } from './model.ts'
import { demoActions, type DemoAction } from './offline-rules.ts'

const disclaimer = '(offline demo: rules, not a language model)'

/**
 * The stand-in that needs no key and no network: rules that pick a tool for simple requests and repeat its result.
 * What it does not understand throws `model_not_configured` with the ways to configure a model.
 */
export const offlineDemoModel: Model = {
  name: offlineDemo,
  cost: () => 0,
  async *stream(request): AsyncGenerator<ModelPart, void, undefined> {
    const parts = nextParts(request)
    for (const part of parts) {
      if (part.type !== 'text') continue
      for (const text of part.text.match(/.{1,200}\n?|\n/gsu) ?? []) {
        request.signal.throwIfAborted()
        yield { type: 'text_delta', text }
      }
    }
    request.signal.throwIfAborted()
    const finish: ModelReply['finish'] = parts.some(({ type }) => type === 'tool_call')
      ? 'tool_calls'
      : 'stop'
    yield {
      type: 'reply',
      reply: { parts, finish, usage: { inputTokens: 0, outputTokens: 0, cachedTokens: 0 } },
    }
  },
}

/** The next call while an action of the request is left to do, then the answer. */
const nextParts = ({ prompt, tools }: ModelRequest): readonly ReplyPart[] => {
  const { text, results } = lastTurn(prompt)
  const actions = demoActions(text)
  if (actions === null) {
    throw unable(`the offline demo is no language model and does not understand "${shorten(text)}"`)
  }
  const action = actions[results.length]
  if (action === undefined) return [{ type: 'text', text: answer(actions, results) }]
  if (!tools.some(({ name }) => name === action.tool)) {
    throw unable(`the offline demo would need the tool ${action.tool}, which this agent does not have`)
  }
  return [
    {
      type: 'tool_call',
      callId: `demo-${results.length + 1}`,
      name: action.tool,
      rawInput: JSON.stringify(action.input),
      input: action.input,
    },
  ]
}

interface ToolText {
  readonly text: string
  readonly isError: boolean
}

/** What the user asked for last, and the results of the calls since. */
const lastTurn = (prompt: ModelPrompt): { readonly text: string; readonly results: readonly ToolText[] } => {
  const asked = prompt.findLastIndex(({ role }) => role === 'user')
  const message = prompt[asked]
  const first = message?.role === 'user' ? message.content.find((part) => part.type === 'text') : undefined
  const results = prompt
    .slice(asked + 1)
    .flatMap((later) => (later.role === 'tool' ? later.content : []))
    .flatMap((part): ToolText[] => {
      if (part.type !== 'tool-result') return []
      const { output } = part
      const isError =
        output.type === 'error-text' || output.type === 'error-json' || output.type === 'execution-denied'
      return [{ isError, text: 'value' in output ? plain(output.value) : 'the call was denied' }]
    })
  return { text: first?.text ?? '', results }
}

const plain = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value, null, 2))

const answer = (actions: readonly DemoAction[], results: readonly ToolText[]): string => {
  const told = actions.map(({ tool, lead }, index) => {
    const result = results[index]
    if (result === undefined) return `${tool} gave no result.`
    const text = result.text.trim()
    if (result.isError) return `I ran ${tool} as asked, and it reported an error:\n${text}`
    return text === '' ? `${lead} nothing.` : `${lead}${text.includes('\n') ? '\n' : ' '}${text}`
  })
  return `${told.join('\n\n')}\n\n${disclaimer}`
}

const unable = (what: string): ModelFailure =>
  new ModelFailure('model_not_configured', `${what}. To use a real model: ${waysToConfigure}`, {
    retryable: false,
  })

const shorten = (text: string): string => {
  const line = text.trim().replace(/\s+/g, ' ')
  return line.length <= 60 ? line : `${line.slice(0, 59)}…`
}
