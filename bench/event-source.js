import { setTimeout as delay } from 'node:timers/promises'

/** How far a flood may be ahead of the slowest subscriber: 600 kB, less than what makes a reader of Sparky's lag. */
const windowEvents = 2000

/**
 * Lets a server process be told what to send, in the same words for Sparky and for the floor:
 *
 * - `{ kind: 'flood', ms }`: as fast as it can for so long, a window ahead of the slowest subscriber at most;
 *   `{ kind: 'taken', count }` says where that is.
 * - `{ kind: 'pace', ms, perSecond }`: so many a second, one by one.
 *
 * It answers with `{ startMs, count, sentMs }`: when it began, how many events it sent, and when it handed over each
 * of them (only where they are paced). `send(count)` sends so many; it resolves when more may follow, and that many
 * `writers` of a flood wait for it at a time.
 */
export const serveSource = ({ send, eventsPerSend, writers, begin = () => {} }) => {
  const readers = { taken: 0, waiting: [] }
  const sources = { flood, pace: (pace) => sendPaced({ ...pace, send }) }
  process.on('message', async (message) => {
    if (message.kind === 'taken') {
      readers.taken = message.count
      for (const resume of readers.waiting.splice(0)) resume()
      return
    }
    if (!(message.kind in sources)) return
    begin()
    readers.taken = 0
    process.send(await sources[message.kind](message))
  })

  async function flood({ ms }) {
    const startMs = nowMs()
    const sent = { count: 0 }
    const writer = async () => {
      while (nowMs() - startMs < ms) {
        while (sent.count + eventsPerSend > readers.taken + windowEvents) {
          await new Promise((resolve) => {
            readers.waiting.push(resolve)
          })
        }
        sent.count += eventsPerSend
        await send(eventsPerSend)
      }
    }
    await Promise.all(Array.from({ length: writers }, writer))
    return { startMs, count: sent.count }
  }
}

/**
 * Hands over one by one, so many a second whatever becomes of those before, and waits for the last. What `send` resolves
 * with is let go: kept, it would be what the garbage collector is busy with.
 */
export const sendPaced = async ({ ms, perSecond, send }) => {
  const startMs = nowMs()
  const sentMs = []
  const onTheirWay = new Set()
  while (nowMs() - startMs < ms) {
    const due = ((nowMs() - startMs) * perSecond) / 1000
    while (sentMs.length < due) {
      sentMs.push(nowMs())
      const one = send(1).then(() => onTheirWay.delete(one))
      onTheirWay.add(one)
    }
    await delay(1)
  }
  await Promise.all(onTheirWay)
  return { startMs, count: sentMs.length, sentMs }
}

/** By a clock that all processes of the machine share. */
export const nowMs = () => Number(process.hrtime.bigint()) / 1e6

/** The event that comes `nth`, as an agent writes them; with what the store adds, it takes 300 bytes on the wire. */
export const draftOf = (nth, taskId) => {
  const call = { call_id: 'call-1234', name: 'read_file' }
  const draft = (type, data) => ({ type, task_id: taskId, attempt: 1, step: 1, data })
  switch (nth % 4) {
    case 0:
      return draft('thought', { text: text.slice(0, 142) })
    case 1:
      return draft('tool_use', { ...call, args: { path: text.slice(0, 91) } })
    case 2:
      return draft('tool_result', { ...call, status: 'ok', result: text.slice(0, 36), ...facts })
    default:
      return draft('message', { role: 'assistant', text: text.slice(0, 123) })
  }
}

const text = 'look at the next file and say what it is for. '.repeat(4)
const facts = { duration_ms: 1, truncated: false, bytes: 36 }

export const taskIdOf = (nth) => `01990000-0000-7000-8000-${String(nth).padStart(12, '0')}`
