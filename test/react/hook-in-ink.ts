import { render } from 'ink'
import { createElement, Fragment, type FunctionComponent, type ReactElement, type ReactNode } from 'react'
import { onTestFinished, vi } from 'vitest'
import { FakeTerminal } from '../support/fake-terminal.ts'

export interface HookInInk<Result> {
  /** What the hook returned last. */
  readonly current: Result
  /** What it returned in each render. */
  readonly renders: readonly Result[]
  /** Resolves once the check of what it returned last does not throw. */
  until(check: (current: Result) => void): Promise<void>
  /** Renders once more, with another hook if one is given. */
  rerender(useHook?: () => Result): void
  unmount(): void
}

interface Setting {
  /** Stands around the component. */
  readonly wrap?: (children: ReactNode) => ReactElement
}

/** A component on a terminal that does nothing but call a hook. Leaves with the test. */
export const hookInInk = <Result>(
  useHook: () => Result,
  { wrap = (children) => createElement(Fragment, null, children) }: Setting = {},
): HookInInk<Result> => {
  const renders: Result[] = []
  let callHook = useHook
  let asked = 0
  // It takes a number only so that it is rendered once more when it is another one.
  const Caller: FunctionComponent<{ readonly render: number }> = () => {
    renders.push(callHook())
    return null
  }
  const { stdin, stdout } = new FakeTerminal(80, 24)
  const tree = (): ReactElement => wrap(createElement(Caller, { render: ++asked }))
  const ink = render(tree(), { stdin, stdout, debug: true, exitOnCtrlC: false, patchConsole: false })
  onTestFinished(() => ink.unmount())
  return {
    get current() {
      return renders.at(-1) as Result
    },
    renders,
    until: (check) => soon(() => check(renders.at(-1) as Result)),
    rerender: (next = callHook) => {
      callHook = next
      ink.rerender(tree())
    },
    unmount: () => ink.unmount(),
  }
}

/** Resolves with what the check returns, once it does not throw. */
export const soon = <T>(check: () => T | Promise<T>): Promise<T> =>
  vi.waitFor(check, { timeout: 10_000, interval: 5 })
