import { colourLevel } from '../output/style.ts'
import type { Shell } from '../shell.ts'
import { ok, warn, type Check } from './check.ts'

const narrowest = 40

/** What the screens can count on here. */
export const checkTerminal = ({ stdout, env }: Shell): Check => {
  if (!stdout.isTTY) return ok('terminal', 'none: output goes to a pipe or file, so lines and no colours')
  if (env['TERM'] === 'dumb') return ok('terminal', 'TERM=dumb: lines and no colours')
  const columns = stdout.columns || 80
  const colours = ['no colours', '16 colours', '256 colours', '16 million colours'][
    colourLevel(() => stdout, env)
  ]
  const message = `${columns}x${stdout.rows || 24}, ${colours}`
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || ''
  if (process.platform !== 'win32' && !/utf-?8/i.test(locale)) {
    return warn(
      'terminal',
      `${message}, locale "${locale}" is not UTF-8`,
      'signs may look wrong: set LANG, for example to C.UTF-8',
    )
  }
  if (columns < narrowest)
    return warn('terminal', message, `"sparky watch" wants at least ${narrowest} columns`)
  return ok('terminal', `${message}, UTF-8`)
}
