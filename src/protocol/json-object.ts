import type { Json } from './task.ts'

export type JsonObject = { [key: string]: Json }

/** Whether what came as JSON is an object: no list, and not null. */
export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
