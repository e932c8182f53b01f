import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { onFileChange } from '../../src/config/watch-file.ts'

const watched = (): { file: string; callback: ReturnType<typeof vi.fn>; stop: () => void } => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'sparky-watch-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const file = path.join(folder, 'config.json')
  const callback = vi.fn<() => void>()
  const stop = onFileChange(file, callback)
  onTestFinished(stop)
  return { file, callback, stop }
}

const changes: readonly ((file: string) => void)[] = [
  (file) => writeFileSync(file, '{}'),
  (file) => writeFileSync(file, '{"port": 1}'),
  (file) => {
    writeFileSync(`${file}.new`, '{}')
    renameSync(`${file}.new`, file)
  },
  (file) => rmSync(file),
]

test('a file is noticed when it is made, written, replaced and removed, one after the other', async () => {
  const { file, callback } = watched()
  for (const [position, change] of changes.entries()) {
    change(file)
    await vi.waitFor(() => expect(callback).toHaveBeenCalledTimes(position + 1), {
      timeout: 5000,
      interval: 5,
    })
  }
})

test('many writes in a row are one change', async () => {
  const { file, callback } = watched()
  for (let part = 0; part < 20; part += 1) writeFileSync(file, '{'.repeat(part))
  await vi.waitFor(() => expect(callback).toHaveBeenCalled(), { timeout: 5000, interval: 5 })
  expect(callback).toHaveBeenCalledOnce()
})

test('its neighbours are not its changes, and after the undo nothing is', async () => {
  const first = watched()
  const second = watched()
  writeFileSync(path.join(path.dirname(first.file), 'token'), 'secret')
  second.stop()
  writeFileSync(second.file, '{}')
  const witness = watched()
  writeFileSync(witness.file, '{}')
  await vi.waitFor(() => expect(witness.callback).toHaveBeenCalled(), { timeout: 5000, interval: 5 })
  expect(first.callback).not.toHaveBeenCalled()
  expect(second.callback).not.toHaveBeenCalled()
})
