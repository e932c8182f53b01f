import type { Command } from 'commander'
import { define as defineAdd } from './commands/agent/tasks/add.ts'
import { define as defineRun } from './commands/run.ts'
import type { Context } from './context.ts'

/** Adds to a command its arguments, its flags and what it does. */
type Define = (command: Command, context: Context) => void

interface Leaf {
  readonly summary: string
  /** What is typed most comes with the command line itself; the rest is a file of its own, loaded when it is typed. */
  readonly load: () => Define | Promise<{ readonly define: Define }>
}

interface Group {
  readonly summary: string
  readonly commands: Commands
  /** The one that is meant where none is named. */
  readonly usual?: string
}

export type Commands = Readonly<Record<string, Leaf | Group>>

/** Every command, in the order in which help lists them. */
export const commands: Commands = {
  run: { summary: 'add a task, follow it, print its answer', load: () => defineRun },
  watch: { summary: 'watch tasks live', load: () => import('./commands/watch.ts') },
  chat: { summary: 'talk to an agent', load: () => import('./commands/chat.ts') },
  agent: {
    summary: 'the daemon, and the tasks that its agents work on',
    commands: {
      start: {
        summary: 'start the daemon in the background, with its agent loop on',
        load: () => import('./commands/agent/start.ts'),
      },
      stop: {
        summary: 'stop the daemon; running tasks go on at its next start',
        load: () => import('./commands/agent/stop.ts'),
      },
      restart: {
        summary: 'stop the daemon and start it again, with its flags or with the given ones',
        load: () => import('./commands/agent/restart.ts'),
      },
      status: {
        summary: 'say whether the daemon runs, and what it does',
        load: () => import('./commands/agent/status.ts'),
      },
      logs: {
        summary: "print the end of the daemon's log",
        load: () => import('./commands/agent/logs.ts'),
      },
      pause: {
        summary: 'let no new task start, until resumed; running ones go on',
        load: () => import('./commands/agent/pause.ts'),
      },
      resume: {
        summary: 'let tasks start again after a pause',
        load: () => import('./commands/agent/resume.ts'),
      },
      groups: {
        summary: 'tasks that share slots of their own, or are paused together',
        usual: 'list',
        commands: {
          list: { summary: 'list the groups', load: () => import('./commands/agent/groups/list.ts') },
          set: {
            summary: 'say how many tasks of a group run at a time',
            load: () => import('./commands/agent/groups/set.ts'),
          },
          pause: {
            summary: 'let no task of a group start, until resumed; running ones go on',
            load: () => import('./commands/agent/groups/pause.ts'),
          },
          resume: {
            summary: 'let the tasks of a group start again',
            load: () => import('./commands/agent/groups/resume.ts'),
          },
        },
      },
      tasks: {
        summary: 'the queue',
        commands: {
          add: { summary: 'add a task and return as soon as it is on disk', load: () => defineAdd },
          list: { summary: 'list tasks, newest first', load: () => import('./commands/agent/tasks/list.ts') },
          show: {
            summary: 'show everything about a task',
            load: () => import('./commands/agent/tasks/show.ts'),
          },
          result: {
            summary: "print a completed task's answer and nothing else",
            load: () => import('./commands/agent/tasks/result.ts'),
          },
          events: {
            summary: 'print what happened in a task',
            load: () => import('./commands/agent/tasks/events.ts'),
          },
          wait: {
            summary: 'wait until tasks have ended',
            load: () => import('./commands/agent/tasks/wait.ts'),
          },
          cancel: {
            summary: 'cancel tasks; a running one is stopped',
            load: () => import('./commands/agent/tasks/cancel.ts'),
          },
          retry: {
            summary: 'try finished tasks again, afresh',
            load: () => import('./commands/agent/tasks/retry.ts'),
          },
          pause: {
            summary: 'keep tasks that have not started from starting',
            load: () => import('./commands/agent/tasks/pause.ts'),
          },
          resume: {
            summary: 'let paused tasks start',
            load: () => import('./commands/agent/tasks/resume.ts'),
          },
          edit: {
            summary: 'change a task that has not started',
            load: () => import('./commands/agent/tasks/edit.ts'),
          },
          remove: {
            summary: 'remove tasks for good',
            load: () => import('./commands/agent/tasks/remove.ts'),
          },
          clear: {
            summary: 'remove finished tasks for good',
            load: () => import('./commands/agent/tasks/clear.ts'),
          },
          why: {
            summary: 'say why a task is not running',
            load: () => import('./commands/agent/tasks/why.ts'),
          },
          stats: { summary: 'count tasks by status', load: () => import('./commands/agent/tasks/stats.ts') },
        },
      },
    },
  },
  schedule: {
    summary: 'tasks that are added by themselves, again and again',
    commands: {
      add: {
        summary: 'add a schedule: a cron expression or "every 1h30m", and what is to be done',
        load: () => import('./commands/schedule/add.ts'),
      },
      list: {
        summary: 'list schedules, with the next time of each',
        load: () => import('./commands/schedule/list.ts'),
      },
      show: {
        summary: 'show everything about a schedule, with its next five times',
        load: () => import('./commands/schedule/show.ts'),
      },
      edit: {
        summary: 'change its times, its prompt, or how its tasks run',
        load: () => import('./commands/schedule/edit.ts'),
      },
      run: {
        summary: 'add its task now, whatever its times are',
        load: () => import('./commands/schedule/run.ts'),
      },
      enable: {
        summary: 'let its times count again, from now on',
        load: () => import('./commands/schedule/enable.ts'),
      },
      disable: {
        summary: 'let its times go by, until it is enabled',
        load: () => import('./commands/schedule/disable.ts'),
      },
      remove: {
        summary: 'remove a schedule for good; its tasks stay',
        load: () => import('./commands/schedule/remove.ts'),
      },
    },
  },
  agents: {
    summary: 'who does tasks and talks with you',
    commands: {
      list: {
        summary: 'list the agents that there are here, and what is wrong in their files',
        load: () => import('./commands/agents/list.ts'),
      },
      show: {
        summary: 'show everything about an agent, with its instructions',
        load: () => import('./commands/agents/show.ts'),
      },
    },
  },
  trust: {
    summary: "load this project's agents, workflows and MCP servers from now on",
    load: () => import('./commands/trust.ts'),
  },
  conversations: {
    summary: 'what was said with agents',
    commands: {
      list: {
        summary: 'list conversations, the one that was used last first',
        load: () => import('./commands/conversations/list.ts'),
      },
      show: {
        summary: 'show what was said in a conversation',
        load: () => import('./commands/conversations/show.ts'),
      },
      rename: {
        summary: 'give a conversation another title',
        load: () => import('./commands/conversations/rename.ts'),
      },
      remove: {
        summary: 'remove conversations for good, with their turns',
        load: () => import('./commands/conversations/remove.ts'),
      },
      export: {
        summary: 'print a conversation as Markdown',
        load: () => import('./commands/conversations/export.ts'),
      },
    },
  },
  workflow: {
    summary: 'graphs of nodes that run as tasks',
    commands: {
      list: { summary: 'list the workflows', load: () => import('./commands/workflow/list.ts') },
      show: {
        summary: 'show a workflow and its nodes',
        load: () => import('./commands/workflow/show.ts'),
      },
      run: {
        summary: 'run a workflow, follow its nodes, print its answer',
        load: () => import('./commands/workflow/run.ts'),
      },
    },
  },
  tools: {
    summary: 'what agents may use',
    commands: {
      list: { summary: 'list the tools that agents may use', load: () => import('./commands/tools/list.ts') },
    },
  },
  models: {
    summary: 'what agents think with',
    commands: {
      list: {
        summary: 'list the models of every configured provider',
        load: () => import('./commands/models/list.ts'),
      },
    },
  },
  mcp: {
    summary: 'servers of tools that agents may use, and Sparky as one',
    commands: {
      list: {
        summary: 'list the MCP servers of the home and of this project',
        load: () => import('./commands/mcp/list.ts'),
      },
      add: { summary: 'add an MCP server', load: () => import('./commands/mcp/add.ts') },
      remove: { summary: 'remove an MCP server', load: () => import('./commands/mcp/remove.ts') },
      test: {
        summary: 'start an MCP server here and list its tools',
        load: () => import('./commands/mcp/test.ts'),
      },
      serve: {
        summary: 'offer the queue to another agent, as an MCP server over stdin and stdout',
        load: () => import('./commands/mcp/serve.ts'),
      },
    },
  },
  config: {
    summary: 'what you have set',
    commands: {
      list: {
        summary: 'list what is set; secrets are masked',
        load: () => import('./commands/config/list.ts'),
      },
      get: { summary: 'print one value; a secret is masked', load: () => import('./commands/config/get.ts') },
      set: {
        summary: 'set a value; a running daemon applies it at once, except port',
        load: () => import('./commands/config/set.ts'),
      },
      unset: { summary: 'go back to the default', load: () => import('./commands/config/unset.ts') },
      path: {
        summary: 'print where the configuration is kept',
        load: () => import('./commands/config/path.ts'),
      },
    },
  },
  doctor: {
    summary: 'check everything that Sparky needs, and say how to mend it',
    load: () => import('./commands/doctor.ts'),
  },
  completion: {
    summary: 'print a script that completes commands and flags in a shell',
    load: () => import('./commands/completion.ts'),
  },
}
