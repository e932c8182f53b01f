import * as z from 'zod'
import {
  deltaDataSchemas,
  deltaTypes,
  eventDataSchemas,
  eventTypes,
  type Delta,
  type DeltaType,
  type Event,
  type EventType,
} from './event.ts'
import { protocolVersion } from './version.ts'

/**
 * Events and deltas whole, envelope and all. Sparky itself parses neither: what it reads back it has written. So
 * nothing of this is built before somebody wants to describe or check them.
 */
export const eventSchema = z.lazy(() => oneOf<Event>(Object.values(eventSchemas())))
export const deltaSchema = z.lazy(() => oneOf<Delta>(Object.values(deltaSchemas())))

/** One line of an `application/x-ndjson` stream of events. */
export const streamLineSchema = z.lazy(() => z.union([eventSchema, deltaSchema]))

/** One for each type; the same objects at each call. */
export const eventSchemas = (): EnvelopeSchemas<EventType> =>
  (builtEvents ??= eachOf(eventTypes, (type) =>
    z.object({
      v: z.literal(protocolVersion),
      seq: z.number().int().positive(),
      ts: z.string(),
      task_id: z.string().nullable(),
      attempt: z.number().int().nullable(),
      step: z.number().int().nullable(),
      type: z.literal(type),
      data: eventDataSchemas[type],
    }),
  ))

export const deltaSchemas = (): EnvelopeSchemas<DeltaType> =>
  (builtDeltas ??= eachOf(deltaTypes, (type) =>
    z.object({
      v: z.literal(protocolVersion),
      ts: z.string(),
      task_id: z.string(),
      attempt: z.number().int(),
      step: z.number().int(),
      type: z.literal(type),
      data: deltaDataSchemas[type],
    }),
  ))

type EnvelopeSchemas<T extends string> = Readonly<Record<T, z.ZodObject>>

let builtEvents: EnvelopeSchemas<EventType> | undefined
let builtDeltas: EnvelopeSchemas<DeltaType> | undefined

const eachOf = <T extends string>(types: readonly T[], make: (type: T) => z.ZodObject): EnvelopeSchemas<T> =>
  Object.fromEntries(types.map((type) => [type, make(type)])) as Record<T, z.ZodObject>

const oneOf = <T>(schemas: readonly z.ZodObject[]): z.ZodType<T> => {
  const [first, ...others] = schemas as [z.ZodObject, ...z.ZodObject[]]
  return z.discriminatedUnion('type', [first, ...others]) as unknown as z.ZodType<T>
}
