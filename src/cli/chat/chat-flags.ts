import { usualAgent } from '../../protocol/usual-names.ts'

/** The flags of `chat`, as commander names them. */
export interface ChatFlags {
  readonly agent?: string
  readonly pillar?: string
  readonly conversation?: string
  readonly user?: string
  readonly message?: string
  readonly model?: string
}

/** Whom the flags name: `NAME/PILLAR` is the agent of that name with that pillar. Undefined where they name nobody. */
export const agentOfFlags = ({ agent, pillar }: ChatFlags): ChosenAgent | undefined => {
  if (agent === undefined && pillar === undefined) return undefined
  const [name = usualAgent, named] = (agent ?? usualAgent).split('/', 2)
  return { name, pillar: pillar ?? named ?? null }
}

export interface ChosenAgent {
  readonly name: string
  readonly pillar: string | null
}
