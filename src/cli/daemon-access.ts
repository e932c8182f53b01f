import type { DaemonAddress } from '../client/address.ts'
import { DaemonClient } from '../client/daemon-client.ts'
import { daemonArguments } from '../config/daemon-arguments.ts'
import type { Launched } from '../client/launch.ts'
import type { DaemonFlags } from '../config/settings.ts'
import type { DaemonStatus } from '../protocol/daemon-status.ts'
import { SparkyError } from '../protocol/failure.ts'
import { version } from '../protocol/version.ts'
import type { Output } from './output/output.ts'

/** A command's way to the daemon: those that only look find it, those that need it start it. */
export class DaemonAccess {
  readonly #env: NodeJS.ProcessEnv
  readonly #output: Output
  readonly #client: DaemonClient

  constructor(env: NodeJS.ProcessEnv, output: Output) {
    this.#env = env
    this.#output = output
    this.#client = new DaemonClient({ env, onOtherVersion: (other) => this.#noteOtherVersion(other) })
  }

  /** Where a daemon runs, or null. */
  find(): DaemonAddress | null {
    return this.#client.find()
  }

  /** For commands that only look: throws `daemon_unreachable` where none runs. */
  look(): DaemonClient {
    this.#client.address()
    return this.#client
  }

  /** What the daemon says of itself; null where none runs. Throws where one runs and does not answer. */
  async status(): Promise<DaemonStatus | null> {
    if (this.find() === null) return null
    try {
      return await this.look().call('status', {})
    } catch (error) {
      if (isGone(error)) return null
      throw error
    }
  }

  /** For commands that need one: `use` runs against the daemon, which is started before if none answers. */
  need<T>(use: (client: DaemonClient) => Promise<T>, flags: Partial<DaemonFlags> = {}): Promise<T> {
    return this.#need(use, () => this.#launchVisibly(flags))
  }

  /** The same for what keeps tasks from starting: a daemon that has to be started claims none before `use` is done. */
  async needBeforeClaims<T>(use: (client: DaemonClient) => Promise<T>): Promise<T> {
    let isLoopHeld = false
    const launch = async (): Promise<void> => {
      await this.#launchVisibly({ loop: false })
      isLoopHeld = true
    }
    try {
      return await this.#need(use, launch)
    } finally {
      if (isLoopHeld) await this.#client.call('startLoop', {})
    }
  }

  async launch(flags: readonly string[]): Promise<Launched> {
    const { launchDaemon } = await import('../client/launch.ts')
    this.#client.forgetAddress()
    const launched = await launchDaemon({ env: this.#env, flags })
    if (launched.note !== null) this.#output.note(this.#output.noteStyle.yellow(`${launched.note}.`))
    return launched
  }

  async #need<T>(use: (client: DaemonClient) => Promise<T>, launch: () => Promise<void>): Promise<T> {
    if (this.find() === null) await launch()
    try {
      return await use(this.#client)
    } catch (error) {
      if (!isGone(error)) throw error
      await launch()
      return await use(this.#client)
    }
  }

  async #launchVisibly(flags: Partial<DaemonFlags> = {}): Promise<void> {
    const { address, isOurs } = await this.launch(daemonArguments({ ...defaultFlags, ...flags }))
    if (isOurs)
      this.#output.note(
        this.#output.noteStyle.dim(`Started the daemon at ${address.url} (pid ${address.pid}).`),
      )
  }

  #noteOtherVersion(other: string): void {
    const { yellow } = this.#output.noteStyle
    this.#output.note(
      yellow(
        `The daemon is Sparky ${other}, this command is ${version}: "sparky agent restart" starts the daemon of this version.`,
      ),
    )
  }
}

const defaultFlags: DaemonFlags = { auth: true, loop: true }

/**
 * Whether the daemon that daemon.json names went without having said so: nobody listens there, or somebody else does.
 * Its pid proves nothing, because the system gives it to another process one day.
 */
export const isGone = (error: unknown): boolean =>
  error instanceof SparkyError &&
  error.code === 'daemon_unreachable' &&
  (error.cause === undefined ||
    (error.cause instanceof Error && 'code' in error.cause && error.cause.code === 'ECONNREFUSED'))
