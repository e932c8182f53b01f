/** What the command line colours with. Identity functions where there are no colours. */
export type Style = Readonly<Record<(typeof inks)[number], (text: string) => string>>

const inks = ['red', 'green', 'yellow', 'cyan', 'dim', 'bold'] as const

/** 0: no colours, 1: 16, 2: 256, 3: 16 million. */
export type ColourLevel = 0 | 1 | 2 | 3

/**
 * How many colours a stream shows. `FORCE_COLOR` decides where it is set, then `NO_COLOR` and `TERM=dumb` turn them
 * off, and so does anything that is no terminal. The stream is opened only where it decides.
 */
export const colourLevel = (streamOf: () => NodeJS.WriteStream, env: NodeJS.ProcessEnv): ColourLevel => {
  const forced = env['FORCE_COLOR']
  if (forced !== undefined) {
    if (forced === '0' || forced === 'false') return 0
    return forced === '2' ? 2 : forced === '3' ? 3 : 1
  }
  if (env['NO_COLOR'] || env['TERM'] === 'dumb') return 0
  const stream = streamOf()
  if (!stream.isTTY) return 0
  const depth = stream.getColorDepth(env as Record<string, string>)
  return depth >= 24 ? 3 : depth >= 8 ? 2 : depth >= 4 ? 1 : 0
}

/** chalk for that many colours. It is loaded only where there are any: most scripts never see one. */
export const loadStyle = async (level: ColourLevel): Promise<Style> => {
  if (level === 0) return plain
  const { Chalk } = await import('chalk')
  return new Chalk({ level })
}

export const plain = Object.fromEntries(inks.map((ink) => [ink, (text: string) => text])) as Style
