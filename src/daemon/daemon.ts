import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { builtProgram } from '../config/built-program.ts'
import { daemonArguments } from '../config/daemon-arguments.ts'
import type { DaemonFlags } from '../config/settings.ts'
import { SparkyError } from '../protocol/failure.ts'
import { closeCodes } from '../protocol/frames.ts'
import { version } from '../protocol/version.ts'
import { toolEnvironment } from './agent/tool-environment.ts'
import { openAgents } from './agent-desk.ts'
import { attemptParts } from './attempt-parts.ts'
import type { DaemonFile } from './daemon-file.ts'
import { daemonStatus } from './daemon-status.ts'
import type { DaemonMoment } from './lifecycle/foreground-lines.ts'
import { startFollowers } from './followers.ts'
import { daemonFileText, keepHomeFiles } from './lifecycle/home-files.ts'
import { prepareHome, prepareToken, writePrivateFile } from './lifecycle/home-folder.ts'
import { takeInstanceLock, watchInstanceLock } from './lifecycle/instance-lock.ts'
import { openLog } from './lifecycle/log.ts'
import { Releasers } from './lifecycle/releasers.ts'
import { logUncaught } from './lifecycle/uncaught.ts'
import { liveQueueSettings } from './live-queue-settings.ts'
import { LiveSettings } from './live-settings.ts'
import { mcpTools } from './mcp/mcp-tools.ts'
import { McpServers } from './mcp/servers.ts'
import { openBudgets } from './open-budgets.ts'
import { openChat } from './open-chat.ts'
import { openConversations } from './open-conversations.ts'
import { openLoops } from './open-loops.ts'
import { openWorkflows } from './open-workflows.ts'
import { Trust } from './projects/trust.ts'
import { Queue } from './queue/queue.ts'
import { Scheduler } from './schedules/scheduler.ts'
import { Schedules } from './schedules/schedules.ts'
import { Hub } from './server/delivery/hub.ts'
import { startServer } from './server/listen.ts'
import { diskHint } from './store/embedded/disk.ts'
import { openEmbeddedStore } from './store/embedded/embedded-store.ts'
import { stopping, type StopOptions } from './stopping.ts'
import { surroundings } from './surroundings.ts'
import { takeUpAgain } from './take-up-again.ts'
import { CommandRunner } from './tools/command-runner.ts'

export interface DaemonOptions {
  /** Absolute path of the folder that holds everything. Becomes the working directory of the process. */
  readonly home: string
  readonly flags: DaemonFlags
  readonly env: NodeJS.ProcessEnv
  readonly onMoment: (moment: DaemonMoment) => void
}

export interface Daemon {
  /** What stands in `daemon.json`. */
  readonly address: DaemonFile
  /** What the one who started it should know: that the port was taken. */
  readonly note: string | null
  /** Begins to end; `stopped` says when it has. A second call can only hurry. */
  stop(options: StopOptions): Promise<void>
  /** Resolves when everything has been let go of. */
  readonly stopped: Promise<void>
}

/**
 * Builds every part in order, each with its undo beside it. Rejects with everything undone: `conflict` where a
 * daemon runs in this home already, `store_damaged`, `usage` …
 */
export const startDaemon = async (options: DaemonOptions): Promise<Daemon> => {
  const releasers = new Releasers()
  try {
    return await build(options, releasers)
  } catch (error) {
    await releasers.release().catch(() => {})
    throw startFailure(error, options.home)
  }
}

/** A disk that cannot be written to is no fault of Sparky's. */
const startFailure = (error: unknown, home: string): unknown => {
  const hint = error instanceof SparkyError ? undefined : diskHint(error)
  if (hint === undefined) return error
  const message = `the daemon cannot write to ${home}: ${(error as Error).message}`
  return new SparkyError('not_durable', message, { hint, cause: error })
}

const build = async (
  { home, flags, env, onMoment }: DaemonOptions,
  releasers: Releasers,
): Promise<Daemon> => {
  const startedAt = new Date()
  const paths = await prepareHome(home)
  process.chdir(home)
  const lock = await takeInstanceLock()
  if (lock === undefined) {
    throw new SparkyError('conflict', `a daemon is already running in ${home}`, {
      hint: 'See "sparky agent status".',
    })
  }
  releasers.add(() => lock.release())

  const settings = new LiveSettings({ home, flags, env })
  const { models } = settings
  await models.refreshDefault()
  const token = await prepareToken(paths.token, env['SPARKY_TOKEN'])

  const daemonLog = openLog({ directory: paths.logs, file: 'daemon.log', level: settings.current.logLevel })
  releasers.add(() => daemonLog.close())
  const { log } = daemonLog
  daemonLog.setSecrets([token, ...models.settings.secrets])
  releasers.add(logUncaught(daemonLog))

  const store = await openEmbeddedStore({
    directory: paths.store,
    onNotice: ({ kind, message }) => log.warn({ kind }, message),
  })
  releasers.add(() => store.close())

  const { budgets, ledger } = openBudgets({ store, settings, file: paths.ledger, releasers, log })
  const trust = new Trust(home)
  const agents = openAgents(home, trust)
  // Before the hub, which asks them what an event is about.
  const conversations = openConversations({ store, file: paths.conversations, releasers, log })
  let loopOn = flags.loop
  const queueSettings = liveQueueSettings({
    settings,
    models,
    budgets,
    loopOn: () => loopOn,
    cwd: paths.work,
    chooseAgent: (wish) => agents.choose(wish),
  })
  const taskDefaults = () => queueSettings().taskDefaults
  const queue = new Queue({
    store,
    settings: queueSettings,
    beforeRemoval: () => ledger.keep(),
    conversations,
  })
  await takeUpAgain({ queue, store, log })

  const runner = new CommandRunner({ program: builtProgram('runner.js') })
  releasers.add(() => runner.close())

  const mcpServers = new McpServers({ environment: toolEnvironment(env, {}), log })
  releasers.add(() => mcpServers.close())

  const hub = new Hub(store)
  const talk = openChat({
    conversations,
    store,
    queue,
    agents,
    contextTokens: () => settings.current.chatContextTokens,
    releasers,
  })
  const parts = attemptParts({
    home,
    env,
    settings,
    agents,
    store,
    queue,
    budgets,
    runShell: runner.run,
    mcpTools: (request) => mcpTools({ home, trust, servers: mcpServers, environment: env }, request),
    earlier: talk.earlier,
    onDelta: (delta) => {
      hub.publishDelta(delta)
      talk.replies.deliverDelta(delta)
    },
    log,
  })
  const workflows = openWorkflows({ home, trust, settings, store, queue, parts })
  const { loop, chat } = openLoops({ store, settings, budgets, queue, run: workflows.run, onMoment, log })
  // A restart is to find it on, too.
  const startLoop = async (): Promise<void> => {
    if (!loopOn) {
      address = { ...address, flags: daemonArguments({ ...flags, loop: true }) }
      await writePrivateFile(paths.daemonJson, daemonFileText(address))
      onMoment({ kind: 'loop_started' })
    }
    loopOn = true
    loop.start()
  }

  // Before old tasks may be removed: what became of a schedule's tasks is counted first.
  const scheduler = new Scheduler({ store, taskDefaults, log })
  scheduler.start()
  releasers.add(() => scheduler.stop())

  const followers = await startFollowers({
    home,
    positionFile: paths.hooks,
    env,
    settings,
    store,
    queue,
    log,
  })
  releasers.add(() => followers.close())

  const { stop, stopped } = stopping({ loops: [chat, loop], followers, releasers, log })
  const server = await startServer({
    host: settings.current.host,
    port: settings.current.port,
    token: settings.current.auth ? token : null,
    allowedHosts: () => settings.current.allowedHosts,
    allowedOrigins: () => settings.current.allowedOrigins,
    queue,
    schedules: new Schedules({ store, taskDefaults }),
    store,
    hub,
    chat: talk.replies,
    desks: { agents, conversations: talk.desk, workflows: workflows.desk },
    surroundings: surroundings({ settings, ledger, env, modelFlag: flags.model ?? null }),
    maxConnections: () => settings.current.maxConnections,
    control: {
      status: () =>
        daemonStatus({
          home,
          storePath: paths.store,
          address,
          sessions: server.sessionCount,
          settings,
          loop,
          queue,
          store,
        }),
      startLoop,
      stop: (options) => void stop(options),
    },
    log,
    version,
  })
  releasers.add(() => server.close({ code: closeCodes.shutdown, reason: 'The daemon is stopping' }))

  let address: DaemonFile = {
    pid: process.pid,
    url: server.url,
    port: server.port,
    version,
    started_at: startedAt.toISOString(),
    instance: randomUUID(),
    keys: models.settings.keyNames,
    flags: daemonArguments(flags),
  }
  await writePrivateFile(paths.daemonJson, daemonFileText(address))
  releasers.add(() => rm(paths.daemonJson, { force: true }))
  releasers.add(
    keepHomeFiles({
      address: { path: paths.daemonJson, value: () => address },
      token: { path: paths.token, value: token },
      isOurs: () => lock.isHeld(),
      log,
    }),
  )

  releasers.add(
    settings.follow({
      onApplied: () => {
        daemonLog.setLevel(settings.current.logLevel)
        daemonLog.setSecrets([token, ...models.settings.secrets])
        loop.nudge()
        chat.nudge()
        followers.settingsChanged()
        log.info('Configuration applied')
      },
      onRefused: (reason) => log.error({ reason }, 'Configuration not applied'),
    }),
  )
  // Two daemons must never write one store.
  releasers.add(
    watchInstanceLock(lock, () => {
      log.fatal('The lock of this home is no longer ours: the daemon ends')
      process.exit(1)
    }),
  )

  log.info({ url: server.url, version, home, model: models.defaultName }, 'Daemon online')
  if (server.note !== null) log.warn({ note: server.note }, 'Listening elsewhere than asked')
  onMoment({ kind: 'online', url: server.url, model: models.defaultName, loop: loopOn, note: server.note })
  chat.start()
  if (loopOn) await startLoop()
  return { address, note: server.note, stop, stopped }
}
