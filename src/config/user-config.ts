import Conf from 'conf'
import { readFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import type * as z from 'zod'
import { configSchema, type Config } from '../protocol/config.ts'
import { SparkyError } from '../protocol/failure.ts'
import type { Json } from '../protocol/task.ts'
import { checkConfig } from './check-config.ts'
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
  return {
    path: file,
    all,
    get: (key) => {
      checkKey(key)
      return at(all(), key.split('.'))
    },
    set: (key, text) => {
      checkKey(key)
      const value = fromTyped(text)
      const next = structuredClone(all()) as Record<string, unknown>
      checkPlace(next, key)
      put(next, key.split('.'), value)
      try {
        checkConfig(next, 'configuration')
      } catch (error) {
        // A number or word that JSON reads as something else ("0123", "true") may be meant as text.
        put(next, key.split('.'), text)
        if (typeof value === 'string' || !configSchema.safeParse(next).success) throw error
        change((conf) => conf.set(key, text))
        return text
      }
      change((conf) => conf.set(key, value))
      return value
    },
    unset: (key) => {
      checkKey(key)
      if (at(all(), key.split('.')) !== undefined) change((conf) => conf.delete(key))
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

const at = (value: unknown, [key, ...rest]: readonly string[]): Json | undefined => {
  if (key === undefined) return value as Json | undefined
  const isInside = typeof value === 'object' && value !== null && Object.hasOwn(value, key)
  return isInside ? at((value as Record<string, unknown>)[key], rest) : undefined
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

/** Each way of writing a value is tried against the schema of its key: a key exists where any of them fits. */
const checkKey = (key: string): void => {
  const [first = '', ...rest] = key.split('.')
  const known = Object.keys(configSchema.shape)
  if (
    !known.includes(first) ||
    key.split('.').includes('') ||
    /(^|\.)(__proto__|constructor|prototype)(\.|$)/.test(key)
  ) {
    throw new SparkyError('usage', `expected a configuration key, found "${key}"`, {
      hint: `There are: ${known.join(', ')}.`,
    })
  }
  const probe: Record<string, unknown> = {}
  put(probe, [first, ...rest], Symbol('probe'))
  const isUnknown = configSchema.safeParse(probe).error?.issues.some(saysUnknownKey) ?? false
  if (isUnknown) throw new SparkyError('usage', `expected a configuration key, found "${key}"`)
}

/** Of a value that may be written in several ways, one that knows the key is enough. */
const saysUnknownKey = (issue: z.core.$ZodIssue): boolean => {
  if (issue.code !== 'invalid_union') return issue.code === 'unrecognized_keys'
  return (
    issue.errors.some((branch) => branch.some(saysUnknownKey)) &&
    !issue.errors.some((branch) => branch.some((inner) => inner.path.length > 0 && !saysUnknownKey(inner)))
  )
}

/** Throws `usage` where a text stands that a part of it would take the place of. */
const checkPlace = (config: Record<string, unknown>, key: string): void => {
  const words = key.split('.')
  for (let length = 1; length < words.length; length += 1) {
    const found = at(config, words.slice(0, length))
    if (typeof found !== 'string') continue
    const above = words.slice(0, length).join('.')
    throw new SparkyError(
      'usage',
      `expected ${above} to be an object before ${key} is set, found ${JSON.stringify(found)}`,
      { hint: `Set it as a whole: sparky config set ${above} '{"${words[length]}": …}'` },
    )
  }
}

const fromTyped = (text: string): Json => {
  try {
    return JSON.parse(text) as Json
  } catch {
    return text
  }
}

const put = (
  object: Record<string, unknown>,
  [key = '', ...rest]: readonly string[],
  value: unknown,
): void => {
  if (rest.length === 0) {
    object[key] = value
    return
  }
  const inner = typeof object[key] === 'object' && object[key] !== null ? object[key] : {}
  object[key] = inner
  put(inner as Record<string, unknown>, rest, value)
}
