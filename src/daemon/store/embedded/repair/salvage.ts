import type { StoredEvent } from '../../../../protocol/event.ts'
import { closingBytes, findClosing, unseal } from '../sealed-json.ts'

/** An event that is still whole, and where its line stands in the file, without the line end. */
export interface WholeRecord {
  readonly seq: number
  readonly ts: string
  readonly start: number
  readonly end: number
}

export interface Salvaged {
  /** What is still whole, in order of `seq`, each once; nothing before `firstSeq`. */
  readonly records: readonly WholeRecord[]
  /** Damaged lines behind the last whole event: each may have been one. */
  readonly damagedLastLines: number
  /** Bytes behind the last line end. */
  readonly tornBytes: number
}

/**
 * What can still be read in a damaged segment. A line counts only with its checksum; two lines whose line end was
 * damaged are told apart, and an event that stands where it does not belong is put in its place.
 */
export const salvage = (bytes: Buffer, firstSeq: number): Salvaged => {
  const found: WholeRecord[] = []
  const damagedEnds: number[] = []
  let start = 0
  for (let end = bytes.indexOf(0x0a); end !== -1; end = bytes.indexOf(0x0a, start)) {
    const records = recordsIn(bytes, start, end)
    for (const record of records) found.push(record)
    // The first line is the header, whole or not.
    if (records.length === 0 && start > 0 && end > start) damagedEnds.push(end)
    start = end + 1
  }
  // The last line may lack nothing but its line end.
  for (const record of recordsIn(bytes, start, bytes.length)) found.push(record)
  const records = inOrder(found.filter(({ seq }) => seq >= firstSeq))
  const wholeEnd = records.reduce((latest, { end }) => Math.max(latest, end), 0)
  const lastLine = found.at(-1)?.end ?? 0
  return {
    records,
    damagedLastLines: damagedEnds.filter((end) => end > wholeEnd).length,
    tornBytes: Math.max(0, bytes.length - Math.max(start, lastLine)),
  }
}

const recordStart = '{"v":'

const recordsIn = (bytes: Buffer, from: number, to: number): WholeRecord[] => {
  const whole = recordAt(bytes, from, to)
  if (whole !== undefined) return [whole]
  const records: WholeRecord[] = []
  let searched = from
  for (let at = findClosing(bytes, from); at !== -1 && at < to; at = findClosing(bytes, at + 1)) {
    const end = at + closingBytes
    const start = bytes.indexOf(recordStart, searched)
    if (start === -1 || start >= at || end > to) continue
    const record = recordAt(bytes, start, end)
    if (record !== undefined) records.push(record)
    searched = end
  }
  return records
}

const recordAt = (bytes: Buffer, start: number, end: number): WholeRecord | undefined => {
  const record = unseal(bytes, start, end) as Partial<StoredEvent> | undefined
  if (record === undefined || !Number.isSafeInteger(record.seq) || typeof record.ts !== 'string')
    return undefined
  return { seq: record.seq as number, ts: record.ts, start, end }
}

/**
 * How far the numbers go is said by the longest run of lines that rise: one that strayed in with a far number does
 * not count. Up to there each event takes its place, wherever it stood; of two with one number the first.
 */
const inOrder = (found: readonly WholeRecord[]): WholeRecord[] => {
  const isRising = found.every(({ seq }, position) => position === 0 || seq > (found[position - 1]?.seq ?? 0))
  if (isRising) return [...found]
  const lastSeq = lastOfLongestRise(found.map(({ seq }) => seq))
  const bySeq = new Map<number, WholeRecord>()
  for (const record of found) {
    if (record.seq <= lastSeq && !bySeq.has(record.seq)) bySeq.set(record.seq, record)
  }
  return [...bySeq.values()].sort((one, other) => one.seq - other.seq)
}

/** The last number of the longest strictly rising subsequence. */
const lastOfLongestRise = (numbers: readonly number[]): number => {
  /** The smallest number that a rise of each length may end with. */
  const ends: number[] = []
  for (const number of numbers) {
    let [low, high] = [0, ends.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((ends[middle] ?? Infinity) < number) low = middle + 1
      else high = middle
    }
    ends[low] = number
  }
  return ends.at(-1) ?? 0
}
