import type { execa as startProcess } from 'execa'
import { SparkyError } from '../../../protocol/failure.ts'
import { endGroup } from '../process-group.ts'
import type { RunShell, ShellRun } from '../shell.ts'
import type { FromRunner, ToRunner } from './messages.ts'

type RunContext = Parameters<RunShell>[1]

/** A command that runs in a runner. */
interface Call {
  readonly context: RunContext
  readonly resolve: (run: ShellRun | Promise<ShellRun>) => void
  readonly reject: (error: unknown) => void
  /** Its process group, once that is known. */
  groupId: number | undefined
  /** When its start is on disk. */
  recorded: Promise<void>
}

/** How long a runner that was told to go may take to end its commands; then it is killed. */
const closeGraceMs = 3_000

type Execa = typeof startProcess

/** One runner, from its start to its end. */
export class RunnerProcess {
  readonly #child: ReturnType<typeof spawnRunner>
  readonly #calls = new Map<number, Call>()
  #lastId = 0

  constructor(execa: Execa, program: string) {
    this.#child = spawnRunner(execa, program)
    this.#child.on('message', (message) => this.#take(message as FromRunner))
    this.#child.once('disconnect', () => this.#loseCalls())
  }

  /** False once the runner has gone, or has been told to go. */
  get isConnected(): boolean {
    return this.#child.connected
  }

  /** As `runShell`; rejects with `tool_failed` where the runner goes away meanwhile: then the command is ended. */
  readonly run: RunShell = async (command, context) => {
    this.#lastId += 1
    const id = this.#lastId
    const end = (): void => this.#send({ kind: 'end', id })
    if (this.#child.pid === undefined) {
      throw new SparkyError('tool_failed', `commands cannot be run: ${(await this.#child).originalMessage}`)
    }
    try {
      return await new Promise<ShellRun>((resolve, reject) => {
        this.#calls.set(id, { context, resolve, reject, groupId: undefined, recorded: Promise.resolve() })
        this.#send({ kind: 'run', id, command, environment: context.environment })
        context.signal.addEventListener('abort', end)
      })
    } finally {
      context.signal.removeEventListener('abort', end)
      this.#calls.delete(id)
    }
  }

  /** Ends what still runs in it, and the runner. */
  async close(): Promise<void> {
    if (this.#child.connected) this.#child.disconnect()
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), closeGraceMs)
    await this.#child
    clearTimeout(timer)
  }

  #send(message: ToRunner): void {
    // Where it cannot be sent, the runner has gone, and `disconnect` says so.
    this.#child.send(message, () => {})
  }

  #take(message: FromRunner): void {
    const call = this.#calls.get(message.id)
    if (call === undefined) return
    switch (message.kind) {
      case 'started':
        call.groupId = message.process.pid
        call.recorded = call.context.started(message.process)
        call.recorded.catch(() => this.#send({ kind: 'end', id: message.id }))
        return
      case 'output':
        call.context.output(message.text)
        return
      case 'ended':
        call.resolve(call.recorded.then(() => message.run))
        return
      case 'failed': {
        const { code, message: text, hint } = message.failure
        call.reject(new SparkyError(code, text, hint === null ? {} : { hint }))
      }
    }
  }

  /** What a runner that was killed has left behind is ended from here. */
  #loseCalls(): void {
    for (const { groupId, recorded, resolve } of this.#calls.values()) {
      resolve(
        (async () => {
          if (groupId !== undefined) await endGroup(groupId)
          await recorded
          throw new SparkyError(
            'tool_failed',
            'the process that Sparky runs commands in has gone away; what the command had done by then is not known, ' +
              'and what was left of it was ended',
          )
        })(),
      )
    }
  }
}

const spawnRunner = (execa: Execa, program: string) =>
  // Garbage collected early keeps it small, which is what makes its forks cheap.
  execa(process.execPath, ['--max-semi-space-size=1', program], {
    // Commands can read the environment of the process that started them: nothing of the daemon's is to be in it.
    env: {},
    extendEnv: false,
    ipc: true,
    buffer: false,
    reject: false,
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: 'inherit',
  })
