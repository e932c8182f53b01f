/** What a schedule may do; apart from schedule.ts, so that the command line needs no zod for it. */

/** When its last task has not ended: leave the time out, let one task wait for its turn, or add one all the same. */
export const overlapPolicies = ['skip', 'queue_one', 'all'] as const
export type OverlapPolicy = (typeof overlapPolicies)[number]

/** After times were missed: none of them, one task for the latest, or each of them. */
export const catchUpPolicies = ['skip', 'once', 'all'] as const
export type CatchUpPolicy = (typeof catchUpPolicies)[number]
