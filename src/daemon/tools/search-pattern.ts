import type { RE2JS } from 're2js'
import { SparkyError } from '../../protocol/failure.ts'

const maxPatternChars = 1_000
/** Instructions of a compiled pattern; the time for one character is at most proportional to it. */
const maxProgramSize = 3_000

/**
 * Compiles a pattern for RE2, whose time is linear in the text: a hostile pattern cannot hold the daemon's only
 * thread. Throws `usage` with RE2's own reason where it cannot be compiled.
 */
export const compileRegex = async (pattern: string): Promise<RE2JS> => {
  const { RE2JS } = await import('re2js')
  if (pattern.length > maxPatternChars) throw tooLarge(pattern)
  const compiled = compiling(pattern, () => RE2JS.compile(RE2JS.translateRegExp(pattern)))
  if (compiled.programSize() > maxProgramSize) throw tooLarge(pattern)
  return compiled
}

/** Whether a path (with `/`) is meant by a glob. A glob without `/` is about the last part of the path. */
export type GlobMatch = (name: string) => boolean

export const compileGlob = async (glob: string): Promise<GlobMatch> => {
  const [{ default: picomatch }, { RE2JS }] = await Promise.all([import('picomatch'), import('re2js')])
  if (glob.length > maxPatternChars) throw tooLarge(glob)
  const compiled = compiling(glob, () => {
    // Picomatch reads the glob, RE2 runs it: as a backtracking expression `*a*a*a*a*b` would take hours.
    const { source } = picomatch.makeRe(glob.replace(/^\.\//, ''), {
      dot: true,
      noextglob: true,
      nonegate: true,
    })
    return RE2JS.compile(RE2JS.translateRegExp(withoutDotGuards(source)))
  })
  return glob.includes('/')
    ? (name) => compiled.test(name)
    : (name) => compiled.test(name.slice(name.lastIndexOf('/') + 1))
}

/** The guards keep a wildcard from matching `.`, `..` and nothing; the paths of a walk have no such parts. */
const withoutDotGuards = (source: string): string =>
  source
    .replaceAll(String.raw`(?:(?!(?:^|\/)\.{1,2}(?:\/|$)).)*?`, '.*?')
    .replaceAll(String.raw`(?!(?:^|\/)\.{1,2}(?:\/|$))`, '')
    .replaceAll(String.raw`(?!\.{1,2}(?:\/|$))`, '')
    .replaceAll('(?!\\.)', '')
    .replaceAll('(?=.)', '')

const compiling = (pattern: string, compile: () => RE2JS): RE2JS => {
  try {
    return compile()
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new SparkyError(
      'usage',
      `expected a pattern that RE2 takes, found ${JSON.stringify(pattern)}: ${reason}`,
      {
        hint: 'RE2 has neither look-around nor back-references.',
      },
    )
  }
}

const tooLarge = (pattern: string): SparkyError =>
  new SparkyError('usage', `expected a smaller pattern, found one of ${pattern.length} characters`, {
    hint: 'Search for less at once.',
  })
