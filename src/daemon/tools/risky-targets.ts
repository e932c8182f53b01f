import { SparkyError } from '../../protocol/failure.ts'

/**
 * What file tools never write, wherever in the workspace it stands and whether it exists or not: files that run
 * code, or change what a program may do, as soon as a person opens the folder, a shell or an editor there. An agent
 * that was talked into writing one of them would raise its own rights behind the user's back.
 */
const riskyFolders: Record<string, string> = {
  '.git': "Git's own files (hooks and configuration run commands)",
  '.sparky': "Sparky's project configuration",
  '.vscode': "the editor's configuration (its tasks run commands)",
  '.idea': "the editor's configuration (its tasks run commands)",
  '.claude': "another agent's configuration",
  '.cursor': "another agent's configuration",
  '.codex': "another agent's configuration",
  '.ssh': 'SSH keys and configuration',
}

const shellFile = 'a file that a shell runs when it starts'

const riskyFiles: Record<string, string> = {
  '.mcp.json': 'a list of servers that agents start',
  '.envrc': 'a file that direnv runs',
  '.gitconfig': "Git's configuration (it can run commands)",
  '.gitmodules': "Git's configuration (it can run commands)",
  '.bashrc': shellFile,
  '.bash_profile': shellFile,
  '.bash_login': shellFile,
  '.bash_logout': shellFile,
  '.bash_aliases': shellFile,
  '.profile': shellFile,
  '.zshrc': shellFile,
  '.zshenv': shellFile,
  '.zprofile': shellFile,
  '.zlogin': shellFile,
  '.zlogout': shellFile,
}

/** Throws `forbidden` for such a target. `name` is relative to the workspace, with `/`. */
export const refuseRiskyTarget = (name: string): void => {
  // Case-insensitive file systems take ".GIT" for ".git".
  const parts = name.toLowerCase().split('/')
  const meaning =
    parts.map((part) => riskyFolders[part]).find((found) => found !== undefined) ??
    riskyFiles[parts.at(-1) ?? '']
  if (meaning === undefined) return
  throw new SparkyError('forbidden', `${name}: file tools do not write ${meaning}`, {
    hint: 'Tell the user what to change there instead.',
  })
}
