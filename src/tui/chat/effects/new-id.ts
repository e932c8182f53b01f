import { randomUUID } from 'node:crypto'

/** No two alike. */
export const newId = (): string => randomUUID()
