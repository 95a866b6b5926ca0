/**
 * Timing two contenders against each other.
 *
 * They take turns, and who begins changes from round to round, so that whatever else the machine does falls on both.
 * Each turn's first run is thrown away (but where one takes seconds): it pays for caches and threads that the other side had
 * meanwhile. The ratio is
 * taken within each round; its median and quartiles over the rounds are what is reported. A round in which other programs
 * used much of the processor is repeated; if there is no quiet, the quietest rounds count.
 */

/** One side of a comparison. */
export interface Contender {
  readonly name: string;
  /** Runs once untimed if `warm`, then `count` times; the milliseconds of each. */
  time(count: number, warm: boolean): Promise<number[]>;
  /** What it computes, to see that both sides do the same. */
  result(): Promise<Float32Array>;
  close?(): Promise<void> | void;
}

export interface Quartiles {
  readonly low: number;
  readonly median: number;
  readonly high: number;
}

export interface Comparison {
  readonly ours: Quartiles;
  readonly peer: Quartiles;
  /** The peer's time over ours: how many times faster ours is. */
  readonly ratio: Quartiles;
  /** The largest difference of the results over the largest value of the peer's, where both compute the same. */
  readonly difference: number | undefined;
  /** The share of the processor that other programs used during the rounds that count. */
  readonly others: number;
  /** The rounds that count, for a closer look. */
  readonly rounds: readonly Round[];
}

/** Milliseconds of each run, and what others used meanwhile. */
export interface Round {
  readonly ours: readonly number[];
  readonly peer: readonly number[];
  readonly others: number;
}

/** A turn lasts about this long, but no longer than so many runs. */
const TURN_MS = 200;
const MOST_RUNS = 10;

/** Others may use this share of the processor in a quiet round; so many times the rounds asked for are tried. */
const QUIET = 0.05;
const PATIENCE = 3;

export interface Settings {
  /** How many rounds count. */
  readonly rounds: number;
  /** Whether both sides compute the same map. */
  readonly same: boolean;
  /** Whether a run takes seconds: then a turn is one run, and there are few rounds. */
  readonly long: boolean;
  /** Starts watching the machine; what it gives says the share of the processor that others used since. */
  readonly watch: () => () => number;
}

/** Rounds of what takes seconds. */
const LONG_ROUNDS = 3;

export async function compare(
  ours: Contender,
  peer: Contender,
  { rounds: wanted, same, long, watch }: Settings,
): Promise<Comparison> {
  const rounds = long ? Math.min(wanted, LONG_ROUNDS) : wanted;
  const difference = same ? differenceOf(await ours.result(), await peer.result()) : undefined;
  const counts = long ? { ours: 1, peer: 1 } : { ours: await runsInTurn(ours), peer: await runsInTurn(peer) };
  const tried: Round[] = [];
  const quiet = () => tried.filter(({ others }) => others <= QUIET).length;
  for (let at = 0; quiet() < rounds && at < (long ? 1 : PATIENCE) * rounds; at++) {
    const others = watch();
    const turn = { ours: [] as number[], peer: [] as number[] };
    for (const side of at % 2 === 0 ? (['ours', 'peer'] as const) : (['peer', 'ours'] as const)) {
      turn[side] = await (side === 'ours' ? ours : peer).time(counts[side], !long);
    }
    tried.push({ ...turn, others: others() });
  }
  const counted = tried.sort((a, b) => a.others - b.others).slice(0, rounds);
  return {
    ours: quartiles(counted.flatMap((round) => round.ours)),
    peer: quartiles(counted.flatMap((round) => round.peer)),
    ratio: quartiles(counted.map((round) => quartiles(round.peer).median / quartiles(round.ours).median)),
    others: quartiles(counted.map((round) => round.others)).median,
    difference,
    rounds: counted,
  };
}

/** Warms a contender up and says how many runs make a turn. */
async function runsInTurn(contender: Contender): Promise<number> {
  const { median } = quartiles(await contender.time(3, true));
  return Math.min(Math.max(Math.round(TURN_MS / median), 1), MOST_RUNS);
}

/** Quartiles with linear interpolation between the sorted values. */
export function quartiles(values: readonly number[]): Quartiles {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => {
    const place = share * (sorted.length - 1);
    const below = sorted[Math.floor(place)]!;
    return below + (sorted[Math.ceil(place)]! - below) * (place % 1);
  };
  return { low: at(0.25), median: at(0.5), high: at(0.75) };
}

function differenceOf(ours: Float32Array, peer: Float32Array): number {
  if (ours.length !== peer.length)
    throw new Error(`ours has ${ours.length} values, the peer's ${peer.length}`);
  let largest = 0;
  let difference = 0;
  for (const [at, value] of peer.entries()) {
    largest = Math.max(largest, Math.abs(value));
    difference = Math.max(difference, Math.abs(value - ours[at]!));
  }
  return difference / largest;
}

/** Times something that runs here. */
export async function timed(run: () => Promise<unknown>, count: number, warm: boolean): Promise<number[]> {
  if (warm) await run();
  const times: number[] = [];
  for (let at = 0; at < count; at++) {
    const start = performance.now();
    await run();
    times.push(performance.now() - start);
  }
  return times;
}
