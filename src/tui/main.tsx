/** The door to the screen, which the command line opens only when one is asked for. */
export { showWatch as runWatch, type WatchOptions } from './show-watch.ts'
