/** What a page is asked to do: the text of a function, and its first argument. */
export interface Job {
  readonly id: number
  readonly code: string
  readonly args: unknown
}

export type Answer = { readonly id: number } & ({ readonly value: unknown } | { readonly error: string })

/**
 * Does one job after the other as they are handed out, at the same time if need be. `tools` is what each of them
 * gets as its second argument.
 */
export const doJobs = async (control: string, tools: object): Promise<void> => {
  for (;;) {
    const response = await fetch(`${control}/next`)
    void doJob((await response.json()) as Job, { control, tools })
  }
}

const doJob = async (
  { id, code, args }: Job,
  { control, tools }: { control: string; tools: object },
): Promise<void> => {
  const answer = await resultOf(code, args, tools).then(
    (value) => ({ id, value: value ?? null }),
    (error: unknown) => ({
      id,
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    }),
  )
  // As plain text, so that the browser asks no permission first.
  await fetch(`${control}/result`, { method: 'POST', body: JSON.stringify(answer) })
}

const resultOf = async (code: string, args: unknown, tools: object): Promise<unknown> => {
  // oxlint-disable-next-line typescript/no-implied-eval -- the tests send their functions as text
  const job = new Function(`return (${code})`)() as (args: unknown, tools: object) => unknown
  return job(args, tools)
}
