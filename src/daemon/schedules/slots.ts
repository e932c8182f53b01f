import { Cron } from 'croner'

/** When a schedule has its times: by a cron expression in a time zone, or every so many seconds after an anchor. */
export type Timing =
  | { readonly kind: 'cron'; readonly cron: string; readonly timezone: string }
  | { readonly kind: 'every'; readonly everyMs: number; readonly anchorMs: number }

/** The next `count` times after a moment, in ms since 1970, earliest first; fewer where there are no more. */
export const slotsAfter = (timing: Timing, afterMs: number, count: number): number[] => {
  switch (timing.kind) {
    case 'cron':
      return datesOf(timing, (cron) => cron.nextRuns(count, new Date(afterMs)))
    case 'every': {
      const first = Math.max(1, Math.floor((afterMs - timing.anchorMs) / timing.everyMs) + 1)
      return series(count, (nth) => timing.anchorMs + (first + nth) * timing.everyMs)
    }
    default:
      return timing satisfies never
  }
}

interface Span {
  /** Not part of it. */
  readonly afterMs: number
  /** Part of it. */
  readonly upToMs: number
}

/** The last `count` times within a span, earliest first. What it takes does not grow with the span. */
export const slotsWithin = (timing: Timing, { afterMs, upToMs }: Span, count: number): number[] => {
  if (upToMs <= afterMs) return []
  switch (timing.kind) {
    case 'cron':
      return cronSlotsWithin(timing, { afterMs, upToMs }, count)
    case 'every': {
      const first = Math.max(1, Math.floor((afterMs - timing.anchorMs) / timing.everyMs) + 1)
      const last = Math.floor((upToMs - timing.anchorMs) / timing.everyMs)
      const taken = Math.max(0, Math.min(count, last - first + 1))
      return series(taken, (nth) => timing.anchorMs + (last - taken + 1 + nth) * timing.everyMs)
    }
    default:
      return timing satisfies never
  }
}

/**
 * In the hour that a clock change leaves out, a time of day comes right after it; in the hour that comes twice, it
 * comes once. Times with a wildcard (every so many minutes) go by the time that really passes.
 */
export const cronOf = ({ cron, timezone }: Omit<CronTiming, 'kind'>): Cron =>
  new Cron(cron, { timezone, fixedTimeRule: 'no-wildcard' })

type CronTiming = Extract<Timing, { kind: 'cron' }>

const cronSlotsWithin = (timing: CronTiming, { afterMs, upToMs }: Span, count: number): number[] => {
  // Most often there is one, and to go back over many that are dealt with takes a hundred times as long.
  const first = slotsAfter(timing, afterMs, 2)
  if (first.length < 2 || first.some((slotMs) => slotMs > upToMs)) {
    return first.filter((slotMs) => slotMs <= upToMs).slice(-count)
  }
  return datesOf(timing, (cron) => cron.previousRuns(count, new Date(upToMs + 1)))
    .filter((slotMs) => slotMs > afterMs)
    .reverse()
}

/** What was checked when it was added can only be wrong where this machine does not know the zone: it never comes. */
const datesOf = (timing: CronTiming, ask: (cron: Cron) => Date[]): number[] => {
  try {
    return ask(cronOf(timing)).map((date) => date.getTime())
  } catch {
    return []
  }
}

const series = (length: number, at: (nth: number) => number): number[] =>
  Array.from({ length }, (_, nth) => at(nth)).filter((ms) => ms <= lastMs)

/** The last moment that a `Date` can be. */
const lastMs = 8.64e15
