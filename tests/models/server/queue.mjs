// One request at a time, in the order in which they came.

export class Queue {
    #last = Promise.resolve();
    waiting = 0;

    /** Runs `work` when everything before it has ended, unless `signal` says that nobody waits for it any more. */
    run(work, signal) {
        this.waiting += 1;
        const turn = this.#last.then(() => {
            this.waiting -= 1;
            return signal?.aborted ? undefined : work();
        });
        this.#last = turn.catch(() => {});
        return turn;
    }
}
