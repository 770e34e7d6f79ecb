// Time that passed here. Whichever clock shows more counts: one stands still while the computer sleeps, the other is set.

export function mark() {
  return { wall: Date.now(), steady: performance.now() };
}

/** Seconds since a mark. */
export function since({ wall, steady }) {
  return Math.max(0, Date.now() - wall, performance.now() - steady) / 1000;
}
