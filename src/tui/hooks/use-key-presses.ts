import { useStdin } from 'ink'
import { useEffect, useRef } from 'react'
import { KeyReader, type KeyPress } from '../state/key-names.ts'

/**
 * Calls back for each key press and each paste, in order. Without a keyboard (stdin is no terminal), never. Ink's own
 * hook cannot tell the delete key from backspace, nor what of a paste was a key: so this takes what Ink has read as it
 * came, cut into sequences.
 */
export const useKeyPresses = (onPress: (press: KeyPress) => void): void => {
  const { isRawModeSupported, setRawMode, internal_eventEmitter: sequences } = useStdin()
  const reader = useRef<KeyReader>(null)
  const callback = useRef(onPress)
  useEffect(() => {
    callback.current = onPress
  }, [onPress])
  useEffect(() => {
    if (!isRawModeSupported) return
    const keys = (reader.current ??= new KeyReader())
    const listener = (raw: string): void => {
      for (const press of keys.read(raw)) callback.current(press)
    }
    setRawMode(true)
    sequences.on('input', listener)
    return () => {
      sequences.off('input', listener)
      setRawMode(false)
    }
  }, [isRawModeSupported, setRawMode, sequences])
}
