/** In a replay nothing happens for no longer than this, at 1x. */
export const longestSilenceMs = 10_000

/** How long a replay at 1x waits between two events: as long as it was, but for long silences. */
export const replayedSilenceMs = (before: Dated, next: Dated): number => {
  const silenceMs = Date.parse(next.ts) - Date.parse(before.ts)
  // A clock that was set back, or a time that is none, is no silence.
  return silenceMs > 0 ? Math.min(silenceMs, longestSilenceMs) : 0
}

interface Dated {
  readonly ts: string
}
