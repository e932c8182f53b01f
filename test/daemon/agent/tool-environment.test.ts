import { expect, test } from 'vitest'
import { toolEnvironment } from '../../../src/daemon/agent/tool-environment.ts'

test('commands get what developers need and none of the secrets', () => {
  const daemon = {
    PATH: '/usr/bin',
    HOME: '/home/me',
    LC_ALL: 'C.UTF-8',
    XDG_RUNTIME_DIR: '/run/user/1000',
    CARGO_HOME: '/home/me/.cargo',
    OPENAI_API_KEY: 'sk-secret',
    SPARKY_TOKEN: 'secret',
    GITHUB_TOKEN: 'secret',
    AWS_SECRET_ACCESS_KEY: 'secret',
    XDG_SECRET: 'secret',
    NODE_OPTIONS: '--require ./evil.js',
    LD_PRELOAD: './evil.so',
    BASH_ENV: './evil.sh',
    GIT_SSH_COMMAND: 'evil',
    LANG: '() { :; }; evil',
    TZ: undefined,
  }
  expect(toolEnvironment(daemon, {})).toEqual({
    PATH: '/usr/bin',
    HOME: '/home/me',
    LC_ALL: 'C.UTF-8',
    XDG_RUNTIME_DIR: '/run/user/1000',
    CARGO_HOME: '/home/me/.cargo',
  })
})

test("the task's own shell counts before the daemon's", () => {
  expect(
    toolEnvironment(
      { PATH: '/usr/bin', HOME: '/home/me' },
      { PATH: '/venv/bin:/usr/bin', VIRTUAL_ENV: '/venv' },
    ),
  ).toEqual({ PATH: '/venv/bin:/usr/bin', HOME: '/home/me', VIRTUAL_ENV: '/venv' })
})
