import type { Command } from 'commander'
import { completionScript, shells, type ShellName } from '../completion-script.ts'
import type { Context } from '../context.ts'
import { oneOf } from '../flags.ts'
import { buildProgram } from '../program.ts'

export const define = (command: Command, context: Context): void => {
  command
    .addArgument(
      command.createArgument('<shell>', 'which shell').choices(shells).argParser(oneOf('SHELL', shells)),
    )
    .addHelpText('after', howToInstall)
    .action(async (shell: ShellName) => {
      const script = completionScript(await buildProgram(context, 'all'), shell)
      context.output.result(script, () => script.trimEnd())
    })
}

const howToInstall = `
To load it:
  bash  echo 'source <(sparky completion bash)' >> ~/.bashrc
  zsh   echo 'source <(sparky completion zsh)' >> ~/.zshrc      (after compinit)
  fish  sparky completion fish > ~/.config/fish/completions/sparky.fish`
