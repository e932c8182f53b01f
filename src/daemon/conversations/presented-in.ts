import type { EventPayload } from '../../protocol/event.ts'
import { presentedFrom, presentTool, type Presented } from '../../protocol/presentation.ts'

/** What a finished call of `present` has shown; null for any other result. */
export const presentedIn = ({ name, status, details }: EventPayload<'tool_result'>): Presented | null =>
  name === presentTool && status === 'ok' ? presentedFrom(details ?? null) : null
