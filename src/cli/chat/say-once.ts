import { attachmentsOf, type Attached } from '../../client/attachments.ts'
import type { DaemonClient } from '../../client/daemon-client.ts'
import { barePath, mentionsIn } from '../../client/mentions.ts'
import type { ApiParams } from '../../protocol/api.ts'
import { sanitizeLine } from '../../protocol/sanitize.ts'
import type { Task } from '../../protocol/task.ts'
import { askTwice, environmentOf } from '../add-task.ts'
import type { Context } from '../context.ts'
import { currentDirectory } from '../current-directory.ts'
import { newTaskId } from '../new-task-id.ts'
import { readPrompt } from '../prompt.ts'
import { runTask } from '../run-task.ts'
import { usualUser } from '../../protocol/usual-names.ts'
import { agentOfFlags, type ChatFlags } from './chat-flags.ts'
import { chosenConversation } from './chosen-conversation.ts'
import { daemonForChat } from './daemon-for-chat.ts'

/**
 * One turn for scripts: says `text` (`-`: what stdin brings) and prints the answer, as `run` does. Files that the text
 * names with `@` go with it; those of a text from stdin do not, because a script hands over what others wrote.
 */
export const sayOnce = async (context: Context, flags: ChatFlags, text: string): Promise<void> => {
  const message = await readPrompt([text], context.shell)
  const cwd = currentDirectory()
  const attached = text === '-' ? leftAlone(message) : await attachmentsOf(message, cwd)
  sayWhatIsAttached(attached, context)
  const agent = agentOfFlags(flags)
  const id = newTaskId()
  const ownConversation = newTaskId()
  const say = async (client: DaemonClient, signal: AbortSignal): Promise<Task> => {
    const conversation_id = (await chosenConversation(client, flags)) ?? ownConversation
    const turn: ApiParams<'sendMessage'> = {
      id,
      conversation_id,
      message,
      cwd,
      user_id: flags.user ?? usualUser,
      environment: environmentOf(context.shell.env),
      ...(agent && { agent_type: agent.name, ...(agent.pillar !== null && { pillar: agent.pillar }) }),
      ...(flags.model !== undefined && { model: flags.model }),
      ...(attached.attachments.length > 0 && { metadata: { attachments: [...attached.attachments] } }),
    }
    return client.call('sendMessage', turn, { signal })
  }
  const end = await runTask(context, {
    id,
    start: (signal) => askTwice(async () => say(await daemonForChat(context), signal), doubt),
  })
  if (end === null || flags.conversation !== undefined) return
  context.output.note(
    context.output.noteStyle.dim(
      `sparky chat --conversation ${sanitizeLine(end.conversation_id ?? '')} goes on with it.`,
    ),
  )
}

const doubt = 'the message may have arrived all the same: sparky conversations show last shows it'

const leftAlone = (message: string): Attached => ({
  attachments: [],
  left: mentionsIn(message).map((mention) => ({
    path: barePath(mention),
    reason: 'a message from stdin attaches no files',
  })),
})

/** Whoever names a file is to know whether the agent has seen it. */
const sayWhatIsAttached = ({ attachments, left }: Attached, { output }: Context): void => {
  const { dim, yellow } = output.noteStyle
  for (const { path, truncated } of attachments)
    output.note(dim(`Attached ${sanitizeLine(path)}${truncated ? ', the beginning of it' : ''}`))
  for (const { path, reason } of left)
    output.note(yellow(`Not attached: ${sanitizeLine(path)}: ${sanitizeLine(reason)}`))
}
