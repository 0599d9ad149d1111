// Numbers from a seed (mulberry32), with the choices that a generator makes of them.

export interface Dice {
  below(limit: number): number;
  chance(percent: number): boolean;
  oneOf<T>(all: readonly [T, ...T[]]): T;
}

export function makeDice(seed: number): Dice {
  let state = (seed * 2_654_435_761 + 97) >>> 0;
  const below = (limit: number): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * limit);
  };
  return {
    below,
    chance: percent => below(100) < percent,
    oneOf: all => all[below(all.length)] ?? all[0],
  };
}
