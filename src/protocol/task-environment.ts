/** Variables of the adding shell that count for its task; everything else is the daemon's. */
export const taskEnvironmentNames = [
  'AGENT_MODEL',
  'PATH',
  'VIRTUAL_ENV',
  'SSH_AUTH_SOCK',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'ALL_PROXY',
  'NO_PROXY',
  'http_proxy',
  'https_proxy',
  'all_proxy',
  'no_proxy',
] as const

export type TaskEnvironment = { readonly [N in (typeof taskEnvironmentNames)[number]]?: string }
