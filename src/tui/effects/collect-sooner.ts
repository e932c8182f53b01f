import { setFlagsFromString } from 'node:v8'

/**
 * Lets the heap grow to one and a half times what is in use before it is cleaned, instead of to about four times. A
 * transcript that is full drops as much as comes in: at 5,000 events a second that is the difference between 400 MiB
 * and 220, for a thirtieth of a core.
 */
export const collectSooner = (): void => setFlagsFromString('--heap-growing-percent=50')
