// Only the latest of several questions counts: those before are cancelled and their answers dropped.

/** Runs one thing at a time, a moment after it was asked for. */
export class Latest<T> {
  private number = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private abort: AbortController | undefined;

  constructor(private readonly delayMs: number) {}

  /** Runs `work` unless something newer comes; `then` gets its result only if nothing newer came meanwhile. */
  ask(work: (signal: AbortSignal) => Promise<T>, then: (result: T) => void, failed: (error: Error) => void): void {
    this.cancel();
    const number = this.number;
    const abort = new AbortController();
    this.abort = abort;
    this.timer = setTimeout(() => {
      work(abort.signal).then(
        (result) => {
          if (number === this.number) then(result);
        },
        (error: unknown) => {
          if (number === this.number) failed(error instanceof Error ? error : new Error(String(error)));
        },
      );
    }, this.delayMs);
  }

  /** Nothing that was asked counts any more. */
  cancel(): void {
    this.number += 1;
    clearTimeout(this.timer);
    this.abort?.abort();
    this.abort = undefined;
  }
}
