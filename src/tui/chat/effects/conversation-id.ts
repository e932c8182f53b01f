import { randomUUID } from 'node:crypto'

/** No two alike. */
export const newConversationId = (): string => randomUUID()
