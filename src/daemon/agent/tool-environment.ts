import type { TaskEnvironment } from '../../protocol/task-environment.ts'

/**
 * The environment of commands that an agent runs: what developers' tools need of the daemon's own, overlaid with
 * what the shell that added the task gave it. Only what is named here passes, so that no key or token of the
 * daemon reaches a command, nor anything that loads code into every program (`NODE_OPTIONS`, `LD_PRELOAD` …).
 */
export const toolEnvironment = (
  daemon: Readonly<Record<string, string | undefined>>,
  task: TaskEnvironment,
): Record<string, string> => ({ ...passing(daemon), ...passing(task) })

const passing = (environment: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(environment).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && passes(entry[0], entry[1]),
    ),
  )

const passes = (name: string, value: string): boolean =>
  (allowedNames.has(name) || allowedPrefixes.test(name)) && !secretName.test(name) && !isShellFunction(value)

const allowedPrefixes = /^(LC|XDG)_/
/** Of a variable whose value is nobody's business. */
export const secretName = /KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL/i

/** Old shells run a value that begins so as code (Shellshock). */
const isShellFunction = (value: string): boolean => value.startsWith('()')

const words = (text: string): string[] => text.trim().split(/\s+/)

const allowedNames = new Set([
  ...words('PATH HOME USER LOGNAME SHELL HOSTNAME TZ LANG LANGUAGE TERM COLORTERM NO_COLOR TMPDIR TMP TEMP'),
  ...words('SSH_AUTH_SOCK DISPLAY WAYLAND_DISPLAY AGENT_MODEL'),
  ...words('HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY http_proxy https_proxy all_proxy no_proxy'),
  ...words('SSL_CERT_FILE SSL_CERT_DIR NODE_EXTRA_CA_CERTS REQUESTS_CA_BUNDLE CURL_CA_BUNDLE'),
  ...words('VIRTUAL_ENV CONDA_PREFIX CONDA_DEFAULT_ENV PYENV_ROOT'),
  ...words('NVM_DIR NVM_BIN FNM_DIR VOLTA_HOME PNPM_HOME COREPACK_HOME BUN_INSTALL DENO_DIR'),
  ...words('GOPATH GOROOT GOBIN GOMODCACHE CARGO_HOME RUSTUP_HOME RBENV_ROOT GEM_HOME GEM_PATH'),
  ...words(
    'JAVA_HOME MAVEN_HOME M2_HOME GRADLE_HOME GRADLE_USER_HOME ANDROID_HOME ANDROID_SDK_ROOT SDKMAN_DIR',
  ),
  ...words(
    'DOTNET_ROOT ASDF_DIR ASDF_DATA_DIR MISE_DATA_DIR HOMEBREW_PREFIX HOMEBREW_CELLAR HOMEBREW_REPOSITORY',
  ),
])
