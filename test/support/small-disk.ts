import { execaSync } from 'execa'
import { mkdtempSync, rmSync, statfsSync, unlinkSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { onTestFinished } from 'vitest'

/** A disk of a few megabytes that can be filled up. */
export interface SmallDisk {
  readonly folder: string
  fill(): void
  makeRoom(): void
}

/** Whether this user may mount one: root on Linux, outside of most containers. */
export const mayMount = (): boolean => {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false
  const folder = mkdtempSync(path.join(os.tmpdir(), 'sparky-disk-'))
  try {
    const mounted = mount(folder, 'size=64k')
    if (mounted) unmount(folder)
    return mounted
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Is unmounted with the test: to be made before what writes to it, so that this goes first. */
export const smallDisk = (megabytes: number): SmallDisk => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'sparky-disk-'))
  if (!mount(folder, `size=${megabytes}m`)) throw new Error(`expected to mount a disk at ${folder}`)
  onTestFinished(() => {
    unmount(folder)
    rmSync(folder, { recursive: true, force: true })
  })
  const filler = path.join(folder, 'filler')
  return {
    folder,
    fill: () => {
      const { bavail, bsize } = statfsSync(folder)
      // Whatever is freed in between goes as well.
      for (const size of [bavail * bsize, bsize]) {
        try {
          writeFileSync(filler, Buffer.alloc(size), { flag: 'a' })
        } catch {
          // Full.
        }
      }
    },
    makeRoom: () => unlinkSync(filler),
  }
}

export const remountReadOnly = ({ folder }: SmallDisk, isReadOnly: boolean): void =>
  void execaSync('mount', ['-o', `remount,${isReadOnly ? 'ro' : 'rw'}`, folder])

const mount = (folder: string, size: string): boolean =>
  !execaSync('mount', ['-t', 'tmpfs', '-o', size, 'tmpfs', folder], { reject: false }).failed

const unmount = (folder: string): void => void execaSync('umount', ['-l', folder], { reject: false })
