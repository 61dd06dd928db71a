// When a server that ended by itself is started again: soon at first, then later and later, and in the end not at all.

/** So long to wait, or `undefined` for: not by itself any more. */
export type Delay = number | undefined;

const FIRST_MS = 500;
const LONGEST_MS = 30_000;
/** A server that ran so long is well: what was before does not count any more. */
const WELL_MS = 120_000;
const MOST = 6;

/** Counts how often the server ended by itself. */
export class Restarts {
  private crashes = 0;

  /** The server ended after running for `ranMs`. */
  next(ranMs: number): Delay {
    if (ranMs >= WELL_MS) this.crashes = 0;
    this.crashes += 1;
    if (this.crashes > MOST) return undefined;
    return Math.min(FIRST_MS * 2 ** (this.crashes - 1), LONGEST_MS);
  }

  /** The user wants it anew. */
  forget(): void {
    this.crashes = 0;
  }

  get count(): number {
    return this.crashes;
  }
}
