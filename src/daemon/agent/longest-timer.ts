/** Timers cannot wait longer: above it they wait for nothing. */
export const maxTimerMs = 2 ** 31 - 1
