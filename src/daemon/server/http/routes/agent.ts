import type { ServerRoom } from '../../room.ts'
import type { Handlers } from './handlers.ts'

const defaultStopTimeoutS = 10

/** The daemon itself: its agent loop, its queue, its end. */
export const agentHandlers = ({
  control,
  queue,
}: ServerRoom): Pick<Handlers, 'startLoop' | 'pauseQueue' | 'resumeQueue' | 'stopDaemon'> => ({
  startLoop: async () => {
    await control.startLoop()
    return control.status()
  },
  pauseQueue: async () => {
    await queue.setPaused(true)
    return control.status()
  },
  resumeQueue: async () => {
    await queue.setPaused(false)
    return control.status()
  },
  stopDaemon: ({ timeout_s = defaultStopTimeoutS, now = false }, { afterReply }) => {
    afterReply(() => control.stop({ timeoutMs: timeout_s * 1000, now }))
    return { stopping: true, pid: process.pid }
  },
})
