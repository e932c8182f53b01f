import Conf from 'conf'
import { readFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import type { Config } from '../protocol/config.ts'
import { SparkyError } from '../protocol/failure.ts'
import type { Json } from '../protocol/task.ts'
import { checkConfig } from './check-config.ts'
import { at, checkPlace, put, takeOut, wordsOf } from './config-keys.ts'
import { homePaths } from './home.ts'
import { makeFolders } from './make-folders.ts'
import { onFileChange } from './watch-file.ts'

/** The user's configuration file. Every read is checked; a write that would make it invalid does not happen. */
export interface UserConfig {
  readonly path: string
  /** Throws `usage` where the file is not valid. */
  all(): Config
  /** The value at a dotted key; undefined where none is set. Throws `usage` for a key that does not exist. */
  get(key: string): Json | undefined
  /** Sets a dotted key from what a person typed: JSON where it is JSON, else the text itself. Returns the value. */
  set(key: string, text: string): Json
  /** Sets a dotted key to this value and no other. Returns it. */
  setValue(key: string, value: Json): Json
  unset(key: string): void
  /** Sets how many tasks of a group run at a time, or takes the limit away; its name may hold dots. */
  setGroupConcurrency(name: string, concurrency: number | null): void
  /** Calls back when the file changes, with the new configuration or what is wrong with it. Returns the unsubscribe. */
  onChange(listener: (config: Config | SparkyError) => void): () => void
}

export const openUserConfig = (home: string): UserConfig => {
  const file = homePaths(home).config
  // conf would throw its own error, without a word about the file.
  readConfigFile(file)
  const all = (): Config => checkConfig(readConfigFile(file), file)
  const change = (make: (conf: Conf) => void): void => {
    try {
      make(openConf(home))
    } catch (error) {
      throw unusable(file, error)
    }
  }
  const setValue: UserConfig['setValue'] = (key, value) => {
    const words = wordsOf(key)
    const next: Record<string, unknown> = structuredClone(all())
    checkPlace(next, words)
    put(next, words, value)
    checkConfig(next, 'configuration')
    change((conf) => conf.set(words[0], next[words[0]]))
    return value
  }
  return {
    path: file,
    all,
    get: (key) => at(all(), wordsOf(key)),
    setValue,
    set: (key, text) => {
      const value = fromTyped(text)
      try {
        return setValue(key, value)
      } catch (error) {
        if (typeof value === 'string' || (typeof value === 'object' && value !== null)) throw error
        // A number or word that JSON reads as something else ("0123", "true") may be meant as text.
        return orElse(() => setValue(key, text), error)
      }
    },
    unset: (key) => {
      const words = wordsOf(key)
      const next: Record<string, unknown> = structuredClone(all())
      if (at(next, words) === undefined) return
      takeOut(next, words)
      const left = next[words[0]]
      change((conf) => (left === undefined ? conf.delete(words[0]) : conf.set(words[0], left)))
    },
    setGroupConcurrency: (name, concurrency) => {
      if (name === '__proto__') {
        throw new SparkyError('usage', 'expected the name of a group that a file can keep, found "__proto__"')
      }
      const groups = structuredClone(all().groups ?? {})
      const { concurrency: _, ...others } = Object.hasOwn(groups, name) ? (groups[name] ?? {}) : {}
      if (concurrency !== null) groups[name] = { ...others, concurrency }
      else if (Object.keys(others).length > 0) groups[name] = others
      else delete groups[name]
      checkConfig({ groups }, 'configuration')
      change((conf) =>
        Object.keys(groups).length === 0 ? conf.delete('groups') : conf.set('groups', groups),
      )
    },
    // conf's own watcher looks every five seconds, and throws where nobody can catch it if the file is no JSON.
    onChange: (listener) => {
      let seen = outcomeOf(all)
      return onFileChange(file, () => {
        const found = outcomeOf(all)
        if (isDeepStrictEqual(found, seen)) return
        seen = found
        listener(found)
      })
    },
  }
}

/** For writing alone: conf makes its folder, for everyone to look into, and its file as soon as it is opened. */
const openConf = (home: string): Conf => {
  makeFolders(home)
  return new Conf({
    cwd: home,
    configName: 'config',
    fileExtension: 'json',
    configFileMode: 0o600,
    projectName: 'sparky',
    clearInvalidConfig: false,
  })
}

const outcomeOf = (read: () => Config): Config | SparkyError => {
  try {
    return read()
  } catch (error) {
    return error instanceof SparkyError ? error : new SparkyError('internal', String(error))
  }
}

const readConfigFile = (file: string): unknown => {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw unusable(file, error)
  }
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new SparkyError(
      'usage',
      `${file}: expected JSON, found something else (${(error as Error).message})`,
      {
        hint: 'Mend the file by hand, or remove it to start from the defaults.',
      },
    )
  }
}

const unusable = (file: string, error: unknown): SparkyError => {
  const { code = '', message } = error as NodeJS.ErrnoException
  if (['ENOSPC', 'EDQUOT', 'EIO'].includes(code)) {
    return new SparkyError('not_durable', `${file} could not be written: ${message}`, {
      hint: 'Make room on the disk that holds SPARKY_HOME; the configuration is as it was.',
      retryable: true,
      cause: error,
    })
  }
  return new SparkyError('usage', `expected ${file} to be a file of yours, found ${message}`, {
    hint: 'SPARKY_HOME must name a directory that you may write to',
    cause: error,
  })
}

/** What `attempt` returns; where it does not succeed either, the first error stands. */
const orElse = <T>(attempt: () => T, error: unknown): T => {
  try {
    return attempt()
  } catch {
    throw error
  }
}

const fromTyped = (text: string): Json => {
  try {
    return JSON.parse(text) as Json
  } catch {
    return text
  }
}
