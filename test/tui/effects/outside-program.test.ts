import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { showOutside } from '../../../src/tui/effects/outside-program.ts'

let folder = ''
const never = new AbortController().signal
const { PAGER } = process.env

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'sparky-pager-'))
  await writeFile(
    path.join(folder, 'keep.sh'),
    `cp "$1" ${folder}/text; stat -c %a "$1" > ${folder}/mode; echo "$1" > ${folder}/name`,
  )
  await writeFile(path.join(folder, 'wait.sh'), `echo "$1" > ${folder}/name; exec sleep 60`)
})
afterEach(() => {
  if (PAGER === undefined) delete process.env['PAGER']
  else process.env['PAGER'] = PAGER
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const kept = async (name: string): Promise<string> => (await readFile(path.join(folder, name), 'utf8')).trim()

it('shows clean text from a file of the user alone, which is gone afterwards', async () => {
  process.env['PAGER'] = `sh ${folder}/keep.sh`
  expect(await showOutside('red \u001B[31m text', 'pager', never)).toBeNull()
  expect(await kept('text')).toBe('red ␛[31m text')
  expect(await kept('mode')).toBe('600')
  expect(existsSync(path.dirname(await kept('name')))).toBe(false)
})

it.each([
  [`/nowhere/pager`, 'cannot run /nowhere/pager: it is not there'],
  ['false', 'false ended with exit code 1'],
])('says what is wrong with %s', async (pager, trouble) => {
  process.env['PAGER'] = pager
  expect(await showOutside('text', 'pager', never)).toBe(trouble)
})

it('ends the program and leaves no file where the signal says so', async () => {
  process.env['PAGER'] = `sh ${folder}/wait.sh`
  await rm(path.join(folder, 'name'), { force: true })
  const closing = new AbortController()
  const shown = showOutside('text', 'pager', closing.signal)
  while (!existsSync(path.join(folder, 'name')) || (await kept('name')) === '') {
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  closing.abort()
  expect(existsSync(await kept('name'))).toBe(false)
  expect(await shown).toMatch(/ended with SIGTERM$/)
})
