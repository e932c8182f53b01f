import { describe, expect, it } from 'vitest'
import { Painter } from '../../../src/tui/terminal/painter.ts'

const begin = '\u001B[?2026h'
const end = '\u001B[?2026l'

class Target {
  readonly writes: string[] = []
  isFull = false
  drain: () => void = () => {}

  write(text: string): boolean {
    this.writes.push(text)
    return !this.isFull
  }

  once(_: 'drain', listener: () => void): void {
    this.drain = listener
  }
}

describe('Painter', () => {
  it('clears the screen once, then writes only the rows that changed, each at its place', () => {
    const target = new Target()
    const painter = new Painter(target)
    painter.paint('one\ntwo\nthree')
    painter.paint('one\n2\nthree')
    painter.paint('one\n2\nthree')
    expect(target.writes).toEqual([
      `${begin}\u001B[2J\u001B[1;1H\u001B[Kone\u001B[2;1H\u001B[Ktwo\u001B[3;1H\u001B[Kthree${end}`,
      `${begin}\u001B[2;1H\u001B[K2${end}`,
    ])
  })

  it('clears rows that are not there any more', () => {
    const target = new Target()
    const painter = new Painter(target)
    painter.paint('one\ntwo')
    painter.paint('one')
    expect(target.writes.at(-1)).toBe(`${begin}\u001B[2;1H\u001B[K${end}`)
  })

  it('paints everything anew after it was told to forget', () => {
    const target = new Target()
    const painter = new Painter(target)
    painter.paint('one')
    painter.forget()
    painter.paint('one')
    expect(target.writes[1]).toBe(target.writes[0])
  })

  it('gives a slow terminal the newest frame when it is ready, and none of those between', () => {
    const target = new Target()
    const painter = new Painter(target)
    target.isFull = true
    painter.paint('1')
    painter.paint('2')
    painter.paint('3')
    expect(target.writes).toHaveLength(1)
    target.isFull = false
    target.drain()
    expect(target.writes.slice(1)).toEqual([`${begin}\u001B[1;1H\u001B[K3${end}`])
  })
})
