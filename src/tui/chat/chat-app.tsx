import { useSyncExternalStore, type ReactNode } from 'react'
import { useKeyPresses } from '../hooks/use-key-presses.ts'
import { ChatScreen } from './chat-screen.tsx'
import type { ChatControls } from './effects/chat-controls.ts'
import { pressedInChat } from './effects/chat-keys.ts'

/** The keyboard and the screen of `sparky chat`. */
export const ChatApp = (controls: ChatControls): ReactNode => {
  const { store, monitor } = controls
  const state = useSyncExternalStore(store.subscribe, store.getState)
  const tasks = useSyncExternalStore(monitor?.subscribe ?? never, monitor?.getState ?? nothing)
  useKeyPresses((press) => pressedInChat(press, controls))
  return <ChatScreen state={state} monitor={tasks} />
}

const never = (): (() => void) => () => {}
const nothing = (): null => null
