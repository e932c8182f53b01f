import type { DaemonLog } from './log.ts'

/** A bug must not end the daemon without a word in its log. Returns the undo. */
export const logUncaught = ({ log, close }: DaemonLog): (() => void) => {
  const end = async (error: unknown): Promise<void> => {
    log.fatal({ error }, 'Uncaught error: the daemon ends')
    try {
      await close()
    } finally {
      process.exit(1)
    }
  }
  const onUncaught = (error: unknown): void => void end(error)
  process.on('uncaughtException', onUncaught)
  process.on('unhandledRejection', onUncaught)
  return () => {
    process.off('uncaughtException', onUncaught)
    process.off('unhandledRejection', onUncaught)
  }
}
