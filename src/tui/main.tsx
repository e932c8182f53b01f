import type { WatchOptions } from './show-watch.ts'

export type { WatchOptions } from './show-watch.ts'

/**
 * `sparky watch` on a terminal. Resolves when the user leaves; rejects with what made going on pointless, after the
 * terminal is as it was found. A signal ends the whole process, as if nobody had caught it.
 */
export const runWatch = async (options: WatchOptions): Promise<void> => {
  // Both are read while Ink and React are loaded: the development build measures every render and keeps the figures.
  process.env['NODE_ENV'] = 'production'
  delete process.env['DEV']
  const { showWatch } = await import('./show-watch.ts')
  await showWatch(options)
}
