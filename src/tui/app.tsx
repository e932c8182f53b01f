import type { ReactNode } from 'react'
import { pressed, type Controls } from './effects/commands.ts'
import { useKeyPresses } from './hooks/use-key-presses.ts'
import { useWatchState } from './hooks/use-watch-state.ts'
import { WatchScreen } from './screens/watch-screen.tsx'
import { plainPress } from './state/key-names.ts'

/** The keyboard and the screen of `sparky watch` around one store. */
export const App = (controls: Controls): ReactNode => {
  const state = useWatchState(controls.store)
  useKeyPresses((press) => pressed(plainPress(press), controls))
  return <WatchScreen state={state} />
}
