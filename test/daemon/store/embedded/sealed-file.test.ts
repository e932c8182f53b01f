import { readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { Low } from 'lowdb'
import { beforeEach, describe, expect, test } from 'vitest'
import { SealedFile } from '../../../../src/daemon/store/embedded/sealed-file.ts'
import { temporaryFolder } from '../../../support/store-fixtures.ts'

interface Held {
  text: string
}

let folder: string
let file: string
let db: Low<Held>

beforeEach(() => {
  folder = temporaryFolder()
  file = path.join(folder, 'held.json')
  db = new Low(new SealedFile<Held>(file), { text: 'the default' })
})

test('keeps the default where there is no file', async () => {
  await db.read()
  expect(db.data).toEqual({ text: 'the default' })
})

test('gives back what was written, which is JSON that only its owner may read', async () => {
  await db.update((data) => {
    data.text = 'Grüße “✓” \ud800'
  })
  const again = new Low(new SealedFile<Held>(file), { text: '' })
  await again.read()
  expect(again.data).toEqual(db.data)
  expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject(db.data)
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(readdirSync(folder)).toEqual(['held.json'])
})

describe('a file is damaged, never taken for an empty one', () => {
  test.each(['', 'null', '{}', '{"text":"mine"}', '\0\0\0\0'])('that holds %j', async (text) => {
    writeFileSync(file, text)
    await expect(db.read()).rejects.toThrow('is damaged')
  })

  test('that was cut at any byte, or has a flipped bit', async () => {
    await db.write()
    const whole = readFileSync(file)
    for (let at = 0; at < whole.length; at += 1) {
      writeFileSync(file, whole.subarray(0, at))
      await expect(db.read()).rejects.toThrow('is damaged')
      writeFileSync(file, Buffer.from(whole).fill((whole[at] as number) ^ (1 << (at % 8)), at, at + 1))
      await expect(db.read()).rejects.toThrow('is damaged')
    }
  })
})

test('a write that fails leaves the old file and nothing beside it', async () => {
  await db.write()
  const circular: Record<string, unknown> = { text: '' }
  circular['self'] = circular
  await expect(new SealedFile<object>(file).write(circular)).rejects.toThrow('circular')
  await db.read()
  expect(readdirSync(folder)).toEqual(['held.json'])
})

test('a link that somebody has put in its place is replaced, not followed', async () => {
  const victim = path.join(folder, 'victim')
  writeFileSync(victim, 'precious')
  symlinkSync(victim, file)
  await db.write()
  expect(readFileSync(victim, 'utf8')).toBe('precious')
})
