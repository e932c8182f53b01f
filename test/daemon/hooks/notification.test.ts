import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { findNotifier, notificationOf } from '../../../src/daemon/hooks/notification.ts'
import { temporaryFolder } from '../../support/store-fixtures.ts'
import { aTask } from '../../support/task.ts'

const folderWith = (name: string, mode = 0o755): string => {
  const folder = temporaryFolder()
  writeFileSync(path.join(folder, name), '#!/bin/sh\n')
  chmodSync(path.join(folder, name), mode)
  return folder
}

describe('what a notification says', () => {
  it('is which task, what became of it, its prompt and its answer or error', () => {
    const task = aTask({
      number: 7,
      prompt: 'Sum it up',
      response_payload: { answer: '42', data: null },
      error: { code: 'internal', message: 'no luck', retryable: false },
      waiting_for: { kind: 'rate_limit', until: null, approval_id: null },
    })
    expect(notificationOf(task, 'completed')).toEqual({ title: 'Task 7 completed', body: 'Sum it up: 42' })
    expect(notificationOf(task, 'failed')).toEqual({ title: 'Task 7 failed', body: 'Sum it up: no luck' })
    expect(notificationOf(task, 'waiting')).toEqual({
      title: 'Task 7 waits for its provider',
      body: 'Sum it up',
    })
  })

  it('is short, on one line, and moves no cursor', () => {
    const task = aTask({
      prompt: `one\ntwo\u001B[2J${'x'.repeat(500)}`,
      response_payload: { answer: `\u202E${'🎉'.repeat(5000)}`, data: null },
    })
    const { body } = notificationOf(task, 'completed')
    expect(Array.from(body).length).toBeLessThanOrEqual(80 + 2 + 200)
    expect(body).toMatch(/^one two␛\[2Jx+…: �🎉+…$/u)
  })
})

describe('the program that shows it', () => {
  it('gets the texts as arguments that are no options and no markup', () => {
    const folder = folderWith('notify-send')
    const notifier = findNotifier({ PATH: folder }, 'linux')
    expect(notifier?.program).toBe(path.join(folder, 'notify-send'))
    expect(notifier?.argumentsFor({ title: '--help', body: '<b>$(touch x) & y' })).toEqual([
      '--app-name=Sparky',
      '--',
      '--help',
      '&lt;b&gt;$(touch x) &amp; y',
    ])
  })

  it('on macOS is osascript, whose script holds none of the texts', () => {
    const notifier = findNotifier({ PATH: folderWith('osascript') }, 'darwin')
    const given =
      notifier?.argumentsFor({ title: 'Task 1 failed', body: '" & (do shell script "id") & "' }) ?? []
    expect(given.slice(0, 6).join(' ')).not.toContain('shell script')
    expect(given.slice(6)).toEqual(['Task 1 failed', '" & (do shell script "id") & "'])
  })

  it('on Windows is PowerShell, whose script holds the texts as Base64 only', () => {
    const notifier = findNotifier({ Path: folderWith('powershell.exe') }, 'win32')
    const script = Buffer.from(
      notifier?.argumentsFor({ title: "T'; Remove-Item x; '", body: 'b' }).at(-1) ?? '',
      'base64',
    ).toString('utf16le')
    expect(script).toContain('ToastNotificationManager')
    expect(script).not.toContain('Remove-Item')
  })

  it('is null where PATH has none that can be run', () => {
    const withFolder = temporaryFolder()
    mkdirSync(path.join(withFolder, 'notify-send'))
    const searched = [withFolder, folderWith('notify-send', 0o644), '/no/such/folder'].join(':')
    expect(findNotifier({ PATH: searched }, 'linux')).toBeNull()
    expect(findNotifier({}, 'linux')).toBeNull()
  })
})
