/** Loaded into a daemon before all else (`--import`): answers each message with its event loop's longest pause since the last. */
import { monitorEventLoopDelay } from 'node:perf_hooks'

const delay = monitorEventLoopDelay({ resolution: 1 })
delay.enable()
process.on('message', () => {
  process.send({ longestMs: delay.max / 1e6 })
  delay.reset()
})
process.channel.unref()
