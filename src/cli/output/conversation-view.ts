import type { ApiResult } from '../../protocol/api.ts'
import type { ConversationTurn } from '../../protocol/conversation.ts'
import { sanitize, sanitizeLine } from '../../protocol/sanitize.ts'
import { formatDateTime } from './amounts.ts'
import { safeJson } from './json.ts'
import type { Style } from './style.ts'

type Shown = ApiResult<'showConversation'>

/** A conversation to be read, from its begin. */
export const conversationView = (shown: Shown, style: Style): string => {
  const { id, title, agent, pillar, cwd, user_id, created_at, active, history } = shown
  const partner = sanitizeLine(pillar === null ? agent : `${agent}/${pillar}`)
  const facts = [
    ['id', sanitizeLine(id)],
    ['agent', partner],
    ['user', sanitizeLine(user_id)],
    ['directory', sanitizeLine(cwd)],
    ['begun', formatDateTime(created_at)],
  ] as const
  return [
    `${style.bold(sanitizeLine(title))}${active ? `  ${style.green('active')}` : ''}`,
    '',
    ...facts.map(([fact, value]) => `${style.dim(fact.padEnd(9))}  ${value}`),
    ...history.flatMap((turn) => turnLines(turn, partner, style)),
  ].join('\n')
}

const turnLines = (turn: ConversationTurn, partner: string, style: Style): string[] => [
  '',
  `${style.bold(style.cyan('You'))}  ${style.dim(`${formatDateTime(turn.ts)}  task ${turn.number}`)}`,
  sanitize(turn.message),
  '',
  style.bold(partner),
  ...turn.presented.map((args) => style.dim(`presented ${safeJson(args)}`)),
  answerOf(turn, style),
]

const answerOf = ({ answer, error, status }: ConversationTurn, style: Style): string => {
  if (answer !== null) return sanitize(answer)
  if (error !== null) return style.red(sanitize(`${error.code}: ${error.message}`))
  return style.dim(status === 'cancelled' ? '(cancelled)' : `(${status})`)
}
