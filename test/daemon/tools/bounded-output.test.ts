import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { BoundedOutput } from '../../../src/daemon/tools/bounded-output.ts'

test('keeps exactly the first and the last bytes, however they come', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'd'), maxLength: 40 }), { maxLength: 30 }),
      (pieces) => {
        const output = new BoundedOutput({ headBytes: 20, tailBytes: 10 })
        for (const piece of pieces) output.push(piece)
        const all = pieces.join('')
        const missing = all.length - 30
        expect(output.text()).toBe(
          missing <= 0
            ? all
            : `${all.slice(0, 20)}\n[… ${missing} byte${missing === 1 ? '' : 's'} of output left out here …]\n${all.slice(-10)}`,
        )
      },
    ),
  )
})
