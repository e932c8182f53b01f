/** The doors to the screens, which the command line opens only when one is asked for. */
export { showWatch as runWatch, type WatchOptions } from './show-watch.ts'
export { showChat as runChat, type ChatOptions } from './chat/show-chat.tsx'
