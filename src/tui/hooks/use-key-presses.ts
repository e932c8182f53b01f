import { useInput, useStdin } from 'ink'
import { useRef } from 'react'
import { KeyReader, type KeyPress } from '../state/key-names.ts'

/** Calls back for each key press and each paste, in order. Without a keyboard (stdin is no terminal), never. */
export const useKeyPresses = (onPress: (press: KeyPress) => void): void => {
  const { isRawModeSupported } = useStdin()
  const reader = useRef<KeyReader>(null)
  reader.current ??= new KeyReader()
  useInput(
    (input, key) => {
      for (const press of reader.current?.read(input, key) ?? []) onPress(press)
    },
    { isActive: isRawModeSupported },
  )
}
