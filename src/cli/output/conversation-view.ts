import type { ApiResult } from '../../protocol/api.ts'
import type { ConversationTurn } from '../../protocol/conversation.ts'
import { sanitize, sanitizeLine } from '../../protocol/sanitize.ts'
import type { Json } from '../../protocol/task.ts'
import { formatDateTime } from './amounts.ts'
import { safeJson } from './json.ts'
import type { Style } from './style.ts'

type Shown = ApiResult<'showConversation'>

/** A conversation to be read, from its begin; `drawings` are of what was presented in it. */
export const conversationView = (
  shown: Shown,
  style: Style,
  drawings: ReadonlyMap<Json, string> = new Map(),
): string => {
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
    ...history.flatMap((turn) => turnLines(turn, { partner, style, drawings })),
  ].join('\n')
}

interface TurnPlace {
  readonly partner: string
  readonly style: Style
  readonly drawings: ReadonlyMap<Json, string>
}

const turnLines = (turn: ConversationTurn, { partner, style, drawings }: TurnPlace): string[] => [
  '',
  `${style.bold(style.cyan('You'))}  ${style.dim(`${formatDateTime(turn.ts)}  task ${turn.number}`)}`,
  sanitize(turn.message),
  '',
  style.bold(partner),
  ...turn.presented.map((shown) => {
    const drawing = drawings.get(shown)
    return drawing === undefined ? style.dim(`presented ${safeJson(shown)}`) : `${drawing}\n`
  }),
  answerOf(turn, style),
]

const answerOf = ({ answer, error, status }: ConversationTurn, style: Style): string => {
  if (answer !== null) return sanitize(answer)
  if (error !== null) return style.red(sanitize(`${error.code}: ${error.message}`))
  return style.dim(status === 'cancelled' ? '(cancelled)' : `(${status})`)
}
