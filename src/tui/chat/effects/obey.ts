import { attachmentsOf } from '../../../client/attachments.ts'
import { toFailure } from '../../../protocol/failure.ts'
import { sanitizeLine } from '../../../protocol/sanitize.ts'
import { helpText } from '../layout/help-text.ts'
import type { CommandName, Spoken } from '../state/chat-commands.ts'
import type { ChatStore } from '../state/chat-store.ts'
import {
  newConversation,
  pastConversation,
  withPlaceTold,
  type ConversationLog,
  type TalkingAgent,
} from '../state/conversation-log.ts'
import { agentOfWish, checkAgent } from '../state/chosen-agent.ts'
import { modelOf } from '../state/model-of.ts'
import { talkingAgents } from '../state/talking-agents.ts'
import type { ChatControls } from './chat-controls.ts'
import { newId } from './new-id.ts'
import { writeExport } from './write-export.ts'
import { flush, subscribeTo } from './talk.ts'

/**
 * Does what a line of input says. Failures are told in the conversation; nothing is thrown. `typed` is what of it was
 * written here: what others wrote, and was pasted, attaches no files.
 */
export const say = (controls: ChatControls, spoken: Spoken, typed: string): void => {
  const { store } = controls
  switch (spoken.kind) {
    case 'message':
      void send(controls, spoken.text, typed)
      return
    case 'unknown': {
      const meant = spoken.nearest === null ? '' : ` Did you mean /${spoken.nearest}?`
      return remark(
        store,
        `There is no command "/${spoken.name}".${meant} /help lists them; a message that begins with a slash begins with two.`,
        'failed',
      )
    }
    case 'command':
      obey(controls, spoken.name, spoken.rest).catch((error: unknown) => {
        const { message, hint } = toFailure(error)
        remark(store, hint === null ? message : `${message} (${hint})`, 'failed')
      })
  }
}

const send = async (controls: ChatControls, said: string, typed: string): Promise<void> => {
  const { store, cwd } = controls
  const { id: conversationId } = store.getState().log
  const key = newId()
  store.dispatch({ type: 'drafted', key, said, ts: new Date().toISOString() })
  const attached = await attachmentsOf(typed, cwd, said)
  store.dispatch({ type: 'attached', conversationId, key, attached })
  flush(controls)
}

const obey = async (controls: ChatControls, name: CommandName, rest: string): Promise<void> => {
  const { store, source, terminal } = controls
  const { log } = store.getState()
  switch (name) {
    case 'help':
      return remark(store, helpText, 'plain')
    case 'agent':
      return rest === '' ? listAgents(controls) : talkTo(controls, rest)
    case 'model':
      return chooseModel(store, rest)
    case 'new':
      show(controls, fresh(controls, log.agent))
      return
    case 'resume':
      return rest === '' ? chooseConversation(controls) : resume(controls, rest)
    case 'rename':
      return rename(controls, rest)
    case 'export':
      return exportTo(controls, rest)
    case 'clear':
      store.dispatch({ type: 'cleared' })
      return
    case 'tasks':
      return terminal.watch()
    case 'approve': {
      const approvals = await source.listApprovals()
      if (approvals.length === 0) return remark(store, 'Nothing waits for your approval.', 'dim')
      store.dispatch({ type: 'picker', picker: { kind: 'approvals', rows: approvals, index: 0 } })
      return
    }
    case 'quit':
      return terminal.quit()
  }
}

const listAgents = async ({ store, source }: ChatControls): Promise<void> => {
  const agents = await source.listAgents()
  store.dispatch({ type: 'agents', agents })
  const here = nameOf(store.getState().log.agent)
  const rows = talkingAgents(agents).map(
    ({ name, description }) => `${name === here ? '▸' : ' '} ${name}  ${sanitizeLine(description)}`,
  )
  remark(store, ['Agents; /agent NAME talks to one:', ...rows].join('\n'), 'plain')
}

/** Each agent has a conversation of its own in this session, which it goes on with. */
const talkTo = async (controls: ChatControls, wish: string): Promise<void> => {
  const { store, source } = controls
  const agents = await source.listAgents()
  store.dispatch({ type: 'agents', agents })
  const wanted = agentOfWish(wish)
  checkAgent(wanted, agents)
  const { log, left } = store.getState()
  if (isSame(log.agent, wanted)) return remark(store, `You talk to ${wish} already.`, 'dim')
  const own = [...left.values()].findLast((other) => isSame(other.agent, wanted))
  show(controls, own ?? fresh(controls, wanted))
}

const nameOf = ({ name, pillar }: TalkingAgent): string => (pillar === null ? name : `${name}/${pillar}`)

const isSame = (a: TalkingAgent, b: TalkingAgent): boolean => a.name === b.name && a.pillar === b.pillar

const fresh = ({ store }: ChatControls, agent: TalkingAgent): ConversationLog =>
  newConversation(newId(), agent, store.getState().log.lastSeq)

/** Another conversation on the screen, followed from where it was left. */
const show = ({ store, session }: ChatControls, log: ConversationLog): void => {
  // What came for the one before is its own.
  store.settle()
  store.dispatch({ type: 'conversation', log })
  subscribeTo(session, log)
}

const chooseModel = (store: ChatStore, name: string): void => {
  if (name === '') {
    return remark(
      store,
      `${modelOf(store.getState()) ?? 'No model'} answers; /model NAME changes that, "sparky models list" lists them.`,
      'dim',
    )
  }
  store.dispatch({ type: 'model', model: name === 'default' ? null : name })
  const model = modelOf(store.getState())
  remark(store, `From now on ${model ?? 'the usual model'} answers.`, 'dim')
}

const mostListed = 200

const chooseConversation = async ({ store, source }: ChatControls): Promise<void> => {
  const rows = await source.listConversations(mostListed)
  if (rows.length === 0) return remark(store, 'There is no earlier conversation.', 'dim')
  store.dispatch({ type: 'picker', picker: { kind: 'conversations', rows, index: 0 } })
}

/** An earlier conversation by its id, a prefix of one, or `last`. */
export const resume = async (controls: ChatControls, ref: string): Promise<void> => {
  const { store, source } = controls
  // What happens after this number comes by subscription.
  const { store: daemonStore } = await source.status()
  const shown = await source.showConversation(ref)
  const { log, left } = store.getState()
  if (shown.id === log.id) return remark(store, 'That is this conversation.', 'dim')
  const past = pastConversation(shown, shown.history, daemonStore.seq)
  show(controls, left.get(shown.id) ?? withPlaceTold(past, shown.cwd, controls.cwd))
}

const rename = async ({ store, source }: ChatControls, title: string): Promise<void> => {
  const { log } = store.getState()
  if (title === '') return remark(store, 'What is the title? /rename TITLE', 'failed')
  if (!log.isKnown) return remark(store, 'Nothing was said yet: there is nothing to rename.', 'failed')
  const renamed = await source.renameConversation(log.id, title)
  store.dispatch({ type: 'renamed', conversationId: log.id, title: renamed.title })
  remark(store, `The title is now "${sanitizeLine(renamed.title)}".`, 'dim')
}

const exportTo = async ({ store, source, cwd }: ChatControls, file: string): Promise<void> => {
  const { log } = store.getState()
  if (!log.isKnown) return remark(store, 'Nothing was said yet: there is nothing to write.', 'failed')
  const text = await source.exportConversation(log.id)
  const written = await writeExport({ text, file, cwd, title: log.title })
  remark(store, `Written to ${written}.`, 'dim')
}

const remark = (store: ChatStore, text: string, tone: 'plain' | 'dim' | 'failed'): void =>
  store.dispatch({ type: 'remark', text, tone })
