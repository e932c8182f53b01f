import * as z from 'zod'

/** What is taken as text too, since a query has nothing else: how it is described to others. */
export const queryForms = z.registry<{ readonly type: 'integer' | 'boolean'; readonly minimum?: number }>()

export const count = z
  .union([z.number(), z.string().regex(/^\d+$/, 'expected a whole number').transform(Number)])
  .register(queryForms, { type: 'integer', minimum: 0 })
export const flag = z
  .union([
    z.boolean(),
    z.enum(['true', 'false', '1', '0', '']).transform((text) => text !== 'false' && text !== '0'),
  ])
  .register(queryForms, { type: 'boolean' })
