/** A day where this process runs, from midnight to midnight, in ms since 1970. */
export interface Day {
  readonly startMs: number
  /** When the next one begins. */
  readonly endMs: number
}

/** The day that a moment is in. A day on which the clocks change has 23 or 25 hours; one may begin at 01:00. */
export const dayOf = (ms: number): Day => {
  const moment = new Date(ms)
  const [year, month, date] = [moment.getFullYear(), moment.getMonth(), moment.getDate()]
  return {
    startMs: new Date(year, month, date).getTime(),
    endMs: new Date(year, month, date + 1).getTime(),
  }
}
