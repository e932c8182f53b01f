import { startDaemon } from '../src/daemon/daemon.ts'
import { StoreOverLog } from '../src/daemon/store/embedded/store-over-log.ts'

/** Sparky's daemon, whole, in this process, and its store, which it hands to nobody else. */
export const startDaemonWithStore = async () => {
  let store
  const { onAppend } = StoreOverLog.prototype
  StoreOverLog.prototype.onAppend = function hear(listener) {
    store = this
    return onAppend.call(this, listener)
  }
  const { address } = await startDaemon({
    home: process.env.SPARKY_HOME,
    flags: { port: 0, auth: true, loop: false },
    env: process.env,
    onMoment: () => {},
  })
  return { store, address }
}
