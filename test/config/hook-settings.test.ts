import { describe, expect, it } from 'vitest'
import { checkConfig } from '../../src/config/check-config.ts'
import { hookSettings, type HookSettings } from '../../src/config/hook-settings.ts'
import { openUserConfig } from '../../src/config/user-config.ts'
import { tempHome } from '../support/temp-home.ts'

const settingsOf = (hooks: unknown): HookSettings => hookSettings(checkConfig({ hooks }, 'test').hooks)

describe('hooks in the configuration', () => {
  it('are a command as plain text, a URL where it begins like one, or both as an object', () => {
    expect(
      settingsOf({
        completed: 'notify.sh --http://',
        failed: 'https://example.org/hook',
        waiting: { command: 'a', url: 'http://127.0.0.1:9/x', timeout_s: 0.5 },
      }),
    ).toEqual({
      completed: { command: 'notify.sh --http://', url: null, timeoutMs: 30_000 },
      failed: { command: null, url: 'https://example.org/hook', timeoutMs: 30_000 },
      waiting: { command: 'a', url: 'http://127.0.0.1:9/x', timeoutMs: 500 },
    })
  })

  it('are none where nothing is said, or nothing that could be called', () => {
    expect(settingsOf(undefined)).toEqual({})
    expect(settingsOf({ completed: { timeout_s: 5 } })).toEqual({})
  })

  it.each([
    [{ completed: '' }, 'hooks.completed'],
    [{ completed: 5 }, 'hooks.completed'],
    [{ completed: { url: 'ftp://example.org' } }, 'hooks.completed.url'],
    [{ completed: { cmd: 'a' } }, 'hooks.completed.cmd'],
    [{ cancelled: 'a' }, 'hooks.cancelled'],
    [{ failed: 'http://' }, 'hooks.failed'],
    [{ failed: { command: 'a', timeout_s: 0 } }, 'hooks.failed.timeout_s'],
  ])('%j is refused, naming the key', (hooks, key) => {
    expect(() => settingsOf(hooks)).toThrow(key)
  })

  it('are set and read key by key, and a plain command is not lost to a part of it', () => {
    const config = openUserConfig(tempHome())
    expect(config.set('hooks.completed', 'true')).toBe('true')
    expect(config.get('hooks.completed')).toBe('true')
    expect(() => config.set('hooks.completed.timeout_s', '5')).toThrow(
      'expected hooks.completed to be an object before hooks.completed.timeout_s is set, found "true"',
    )
    expect(config.get('hooks.completed')).toBe('true')
    for (const wrong of ['{"url":"nonsense"}', '{"command":""}', '[]']) {
      expect(() => config.set('hooks.completed', wrong)).toThrow('configuration: expected hooks.completed')
    }
    config.set('hooks.failed.command', 'a')
    config.set('hooks.failed.timeout_s', '5')
    expect(config.get('hooks.failed')).toEqual({ command: 'a', timeout_s: 5 })
    for (const key of ['hooks.failed.cmd', 'hooks.completed.x', 'hooks.x'])
      expect(() => config.get(key)).toThrow(`expected a configuration key, found "${key}"`)
  })
})
