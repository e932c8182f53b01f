import type { ViewFile } from '../../src/daemon/store/view-checkpoint.ts'

/** A view's file in memory; undefined where there is none. */
export const memoryFile = (): ViewFile & { text: string | undefined } => {
  const file = {
    text: undefined as string | undefined,
    read: async () => {
      if (file.text === undefined) throw new Error('no such file')
      return file.text
    },
    write: async (text: string) => {
      file.text = text
    },
  }
  return file
}
