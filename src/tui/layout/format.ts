/** "12 ms", "0.4 s", "12 s", "3m 5s", "2h 10m": how long something took. */
export const duration = (ms: number): string => {
  if (ms < 95) return `${Math.max(0, Math.round(ms))} ms`
  const seconds = ms / 1000
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`
  if (seconds < 59.5) return `${Math.round(seconds)} s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${Math.floor(seconds % 60)}s`
  return `${Math.floor(seconds / 3600)}h ${Math.floor((seconds % 3600) / 60)}m`
}

/** "42s", "7m", "3h", "2d": how long ago, at most three columns. */
export const age = (ms: number): string => {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  if (seconds < 60) return `${seconds}s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`
  if (seconds < 100 * 3600) return `${Math.floor(seconds / 3600)}h`
  return `${Math.floor(seconds / 86_400)}d`
}

/** "00:42", "1:02:03": a running clock. */
export const clock = (ms: number): string => {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  const two = (number: number): string => String(number).padStart(2, '0')
  const minutesAndSeconds = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`
  return seconds < 3600 ? minutesAndSeconds : `${Math.floor(seconds / 3600)}:${minutesAndSeconds}`
}

/** "980", "12.4k", "1.2M". */
export const count = (number: number): string => {
  if (number < 1000) return String(number)
  if (number < 999_500) return `${number < 99_950 ? (number / 1000).toFixed(1) : Math.round(number / 1000)}k`
  return `${(number / 1_000_000).toFixed(1)}M`
}

/** "$0.012", "$1.20": US dollars. */
export const cost = (usd: number): string => {
  if (usd === 0) return '$0'
  if (usd < 0.001) return '<$0.001'
  return `$${usd.toFixed(usd < 0.1 ? 3 : 2)}`
}

/** "1,207". */
export const grouped = (number: number): string => number.toLocaleString('en-US')

/** "12 KB". */
export const size = (bytes: number): string => {
  if (bytes < 1000) return `${bytes} B`
  return bytes < 1_000_000 ? `${Math.round(bytes / 1000)} KB` : `${(bytes / 1_000_000).toFixed(1)} MB`
}

/** "1 line", "12 lines". */
export const plural = (number: number, noun: string, several = `${noun}s`): string =>
  `${grouped(number)} ${number === 1 ? noun : several}`

/** The time of day of an ISO 8601 time, here: "12:01:07". */
export const timeOfDay = (iso: string): string => {
  const date = new Date(iso)
  if (Number.isNaN(date.getTime())) return '--:--:--'
  return [date.getHours(), date.getMinutes(), date.getSeconds()]
    .map((number) => String(number).padStart(2, '0'))
    .join(':')
}

/** A message of the daemon with the ISO 8601 times in it as they are read here: "at 14:05", on another day "21 Nov 14:05". */
export const withLocalTimes = (message: string, nowMs: number): string =>
  message.replaceAll(/\b\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)/g, (iso) => {
    const date = new Date(iso)
    if (Number.isNaN(date.getTime())) return iso
    const time = timeOfDay(iso).slice(0, 5)
    const isToday = date.toDateString() === new Date(nowMs).toDateString()
    return isToday ? time : `${date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' })} ${time}`
  })

/** "1st", "2nd", "13th". */
export const ordinal = (number: number): string => {
  const teens = number % 100 > 10 && number % 100 < 14
  return `${grouped(number)}${(teens ? undefined : ['th', 'st', 'nd', 'rd'][number % 10]) ?? 'th'}`
}

/** "███░░░░░": a share from 0 to 1. Something is drawn as soon as there is something, all only when all is done. */
export const bar = (share: number, width: number): string => {
  const full =
    share <= 0 ? 0 : share >= 1 ? width : Math.min(width - 1, Math.max(1, Math.round(share * width)))
  return '█'.repeat(full) + '░'.repeat(width - full)
}
