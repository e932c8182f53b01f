import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openBrowser } from './open-browser.ts'
import { sparkyForPages } from './sparky-for-pages.ts'

const docs = readFileSync(path.join(import.meta.dirname, '../../../docs/react.md'), 'utf8')

test('the example of docs/react.md for a page shows the answer, and the task in its list', async () => {
  const example = /```jsx page\.jsx\n([\s\S]*?)```/.exec(docs)?.[1] ?? ''
  // What a person would do: start a daemon at its usual address, and paste the token.
  const { page, close } = await openBrowser({
    source: `globalThis.startExample = (url, token) => {
      document.body.innerHTML = '<div id="root"></div>'
      globalThis.prompt = () => token
      globalThis.address = url
      example()
    }
    ${imports(example)}
    const example = () => { ${body(example).replace("'http://127.0.0.1:7717'", 'globalThis.address')} }`,
  })
  onTestFinished(close)
  const daemon = await sparkyForPages([page.origin])
  onTestFinished(daemon.stop)
  const shown = await page.run(
    async ({ url, token }) => {
      const { document, startExample } = globalThis as unknown as Example
      startExample(url, token)
      const until = async (selector: string, wanted: RegExp): Promise<string> => {
        for (;;) {
          const text = document.querySelector(selector)?.textContent ?? ''
          if (wanted.test(text)) return text
          await new Promise((resolve) => requestAnimationFrame(resolve))
        }
      }
      await until('button', /Submit/)
      document.querySelector('button')?.click()
      return { answer: await until('#answer', /demo/), list: await until('li', /completed/) }
    },
    { url: daemon.url, token: daemon.token },
  )
  expect(shown.answer).toContain('offline demo')
  expect(shown.list).toBe('1 completed: List all files')
})

interface Example {
  readonly document: {
    querySelector(selector: string): { readonly textContent: string; click(): void } | null
  }
  startExample(url: string, token: string): void
}

declare function requestAnimationFrame(callback: (value: unknown) => void): void

const imports = (module: string): string =>
  module
    .split('\n')
    .filter((line) => line.startsWith('import '))
    .join('\n')

const body = (module: string): string =>
  module
    .split('\n')
    .filter((line) => !line.startsWith('import '))
    .join('\n')
