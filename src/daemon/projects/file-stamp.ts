import { lstatSync, statSync, type BigIntStats } from 'node:fs'

/** A file that was written so shortly ago may be written again without its times telling. */
const unsettledMs = 100

interface FileStamp {
  /** Another one where the file was written, replaced or removed since. */
  readonly key: string
  /** Whether that can be relied upon yet: until then, what was read is to be read again. */
  readonly isSettled: boolean
}

/** Tells one content of a file from another without reading it; to be taken before the file is read. */
export const stampOf = (file: string): FileStamp => {
  try {
    const found = statSync(file, { bigint: true })
    // A link may lead elsewhere now.
    const itself = lstatSync(file, { bigint: true })
    const isSettled = Math.abs(Date.now() - Number(found.ctimeMs)) > unsettledMs
    return { key: [found, itself].map(keyOf).join(' '), isSettled }
  } catch (error) {
    return { key: (error as NodeJS.ErrnoException).code ?? '', isSettled: true }
  }
}

const keyOf = ({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string =>
  `${dev} ${ino} ${size} ${mtimeNs} ${ctimeNs}`
