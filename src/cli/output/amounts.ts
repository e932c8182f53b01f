/** `120 ms`, `1.2 s`, `2m 03s`, `1h 04m`. */
export const formatDuration = (ms: number): string => {
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`
  const seconds = Math.round(ms / 1000)
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes}m ${twoDigits(seconds % 60)}s`
  return `${Math.floor(minutes / 60)}h ${twoDigits(minutes % 60)}m`
}

/** The same in one short word: `42s`, `2m`, `3h`, `5d`. */
export const formatAge = (ms: number): string => {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  if (seconds < 60) return `${seconds}s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)}h`
  return `${Math.floor(seconds / 86_400)}d`
}

/** A running clock: `00:42`, `1:02:03`. */
export const formatClock = (ms: number): string => {
  const seconds = Math.floor(ms / 1000)
  const hours = Math.floor(seconds / 3600)
  const clock = `${twoDigits(Math.floor(seconds / 60) % 60)}:${twoDigits(seconds % 60)}`
  return hours === 0 ? clock : `${hours}:${clock}`
}

/** `812`, `4.2k`, `1.3M`. */
export const formatCount = (count: number): string => {
  if (count < 1000) return String(count)
  return count < 999_950 ? `${(count / 1000).toFixed(1)}k` : `${(count / 1_000_000).toFixed(1)}M`
}

/** US dollars, fine enough to see a small call; empty where the price is not known. */
export const formatCost = (usd: number | null): string => {
  if (usd === null) return ''
  if (usd === 0) return '$0'
  return usd < 0.001 ? '<$0.001' : `$${usd.toFixed(usd < 0.1 ? 3 : 2)}`
}

/** `1 task`, `3 tasks`. */
export const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`

/** Local time of day, `14:03:59`. */
export const formatTime = (iso: string): string => {
  const time = new Date(iso)
  return [time.getHours(), time.getMinutes(), time.getSeconds()].map(twoDigits).join(':')
}

/** Local date and time, `2026-11-20 14:03:59`. */
export const formatDateTime = (iso: string): string => {
  const time = new Date(iso)
  return `${time.getFullYear()}-${twoDigits(time.getMonth() + 1)}-${twoDigits(time.getDate())} ${formatTime(iso)}`
}

/** A moment as somebody who waits for it reads it: `14:03` today, else with its date. */
export const formatMoment = (iso: string, now = new Date()): string => {
  const minutes = formatDateTime(iso).slice(0, -3)
  const [day, time = ''] = minutes.split(' ')
  return formatDateTime(now.toISOString()).startsWith(`${day} `) ? time : minutes
}

const twoDigits = (value: number): string => String(value).padStart(2, '0')
