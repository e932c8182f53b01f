import { accessSync, constants, statSync } from 'node:fs'
import path from 'node:path'
import type { HookName } from '../../config/hook-settings.ts'
import { sanitizeLine } from '../../protocol/sanitize.ts'
import type { Task } from '../../protocol/task.ts'

/** What a desktop notification says: two short lines of plain text. */
export interface Notification {
  readonly title: string
  readonly body: string
}

/** A program of this machine that shows notifications. */
export interface Notifier {
  /** Absolute path. */
  readonly program: string
  /** No shell sees these. */
  readonly argumentsFor: (notification: Notification) => readonly string[]
}

export const notificationOf = (task: Task, hook: HookName): Notification => ({
  title: `Task ${task.number} ${hook === 'waiting' ? waitingText(task) : hook}`,
  body: [shortLine(task.prompt, maxPromptLength), shortLine(outcomeOf(task, hook), maxOutcomeLength)]
    .filter((text) => text !== '')
    .join(': '),
})

/** The first program for notifications that this system knows and that is found in `PATH`; null where there is none. */
export const findNotifier = (
  environment: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform = process.platform,
): Notifier | null => {
  const known = notifiers[platform] ?? notifiers.linux
  const program = findProgram(known.name, environment['PATH'] ?? environment['Path'] ?? '')
  return program === undefined ? null : { program, argumentsFor: known.argumentsFor }
}

/** What `findNotifier` looks for here. */
export const notifierName = (platform: NodeJS.Platform = process.platform): string =>
  (notifiers[platform] ?? notifiers.linux).name

const maxPromptLength = 80
const maxOutcomeLength = 200

const waitingText = ({ waiting_for }: Task): string => {
  switch (waiting_for?.kind) {
    case 'approval':
      return 'waits for an approval'
    case 'rate_limit':
      return 'waits for its provider'
    case 'budget':
      return 'waits for the budget'
    case undefined:
      return 'waits'
  }
}

const outcomeOf = ({ response_payload, error }: Task, hook: HookName): string => {
  if (hook === 'completed') return response_payload?.answer ?? ''
  return hook === 'failed' ? (error?.message ?? '') : ''
}

const shortLine = (text: string, maxLength: number): string => {
  // Only as much as can be shown is worth cleaning: an answer may be long.
  const line = sanitizeLine(text.slice(0, maxLength * 4)).trim()
  const characters = Array.from(line)
  return characters.length > maxLength ? `${characters.slice(0, maxLength - 1).join('')}…` : line
}

interface KnownNotifier {
  readonly name: string
  readonly argumentsFor: Notifier['argumentsFor']
}

const notifySend: KnownNotifier = {
  name: 'notify-send',
  // Many servers read the body as markup.
  argumentsFor: ({ title, body }) => ['--app-name=Sparky', '--', title, escapeMarkup(body)],
}

const appleScript = [
  'on run argv',
  'display notification (item 2 of argv) with title (item 1 of argv)',
  'end run',
]

const osascript: KnownNotifier = {
  name: 'osascript',
  argumentsFor: ({ title, body }) => [...appleScript.flatMap((line) => ['-e', line]), title, body],
}

const powershell: KnownNotifier = {
  name: 'powershell.exe',
  argumentsFor: (notification) => ['-NoProfile', '-NonInteractive', '-EncodedCommand', toast(notification)],
}

const notifiers: { readonly linux: KnownNotifier } & Partial<Record<NodeJS.Platform, KnownNotifier>> = {
  linux: notifySend,
  darwin: osascript,
  win32: powershell,
}

/** The texts come in as Base64, so that nothing in them can be read as PowerShell. */
const toast = ({ title, body }: Notification): string => {
  const decoded = (text: string): string =>
    `[Text.Encoding]::UTF8.GetString([Convert]::FromBase64String('${Buffer.from(text).toString('base64')}'))`
  const script = `
$kind = [Windows.UI.Notifications.ToastTemplateType, Windows.UI.Notifications, ContentType = WindowsRuntime]::ToastText02
$manager = [Windows.UI.Notifications.ToastNotificationManager, Windows.UI.Notifications, ContentType = WindowsRuntime]
$content = $manager::GetTemplateContent($kind)
$texts = $content.GetElementsByTagName('text')
[void]$texts.Item(0).AppendChild($content.CreateTextNode(${decoded(title)}))
[void]$texts.Item(1).AppendChild($content.CreateTextNode(${decoded(body)}))
$manager::CreateToastNotifier('Sparky').Show([Windows.UI.Notifications.ToastNotification]::new($content))`
  return Buffer.from(script, 'utf16le').toString('base64')
}

const escapeMarkup = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

const findProgram = (name: string, searchPath: string): string | undefined =>
  searchPath
    .split(path.delimiter)
    .filter((folder) => path.isAbsolute(folder))
    .map((folder) => path.join(folder, name))
    .find(isProgram)

const isProgram = (file: string): boolean => {
  try {
    accessSync(file, constants.X_OK)
    return statSync(file).isFile()
  } catch {
    return false
  }
}
