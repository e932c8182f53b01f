import os from 'node:os'
import path from 'node:path'

/** Where everything that Sparky keeps stands: `SPARKY_HOME`, else `~/.sparky`. Always absolute. */
export const sparkyHome = (env: Readonly<Record<string, string | undefined>>): string =>
  path.resolve(env['SPARKY_HOME'] || path.join(os.homedir(), '.sparky'))

export interface HomePaths {
  readonly home: string
  readonly config: string
  /** Which projects the user trusts. */
  readonly trust: string
  /** The user's own MCP servers. */
  readonly mcp: string
  /** The user's own agents, for every folder. */
  readonly agents: string
  readonly token: string
  /** Where a running daemon listens; written when it is ready, removed when it goes. */
  readonly daemonJson: string
  readonly lock: string
  readonly store: string
  /** How far hooks have been called. */
  readonly hooks: string
  /** What was used today. */
  readonly ledger: string
  /** Which conversations there are. */
  readonly conversations: string
  readonly logs: string
  readonly daemonLog: string
  /** Working directory of tasks that name none. */
  readonly work: string
  /** What was said in chats, for the arrow up. */
  readonly chatHistory: string
}

export const homePaths = (home: string): HomePaths => ({
  home,
  config: path.join(home, 'config.json'),
  trust: path.join(home, 'trust.json'),
  mcp: path.join(home, 'mcp.json'),
  agents: path.join(home, 'agents'),
  token: path.join(home, 'token'),
  daemonJson: path.join(home, 'daemon.json'),
  lock: path.join(home, 'daemon.lock'),
  store: path.join(home, 'store'),
  hooks: path.join(home, 'store', 'hooks.json'),
  ledger: path.join(home, 'store', 'ledger.json'),
  conversations: path.join(home, 'store', 'conversations.json'),
  logs: path.join(home, 'logs'),
  daemonLog: path.join(home, 'logs', 'daemon.log'),
  work: path.join(home, 'work'),
  chatHistory: path.join(home, 'chat-history.jsonl'),
})
