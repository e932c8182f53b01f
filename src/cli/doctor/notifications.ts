import { ok, type Check } from './check.ts'

/** Whether `--notify` can show anything on this machine. That it cannot is no fault: most servers have no desktop. */
export const checkNotifications = async (env: NodeJS.ProcessEnv): Promise<Check> => {
  const { findNotifier, notifierName } = await import('../../daemon/inspect.ts')
  const notifier = findNotifier(env)
  return ok(
    'notify',
    notifier === null
      ? `no desktop notifications here: no ${notifierName()} in PATH (--notify shows nothing)`
      : `desktop notifications through ${notifier.program}`,
  )
}
