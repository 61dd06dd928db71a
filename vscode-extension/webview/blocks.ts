// Cuts Markdown that is still being written into blocks: those that will not change any more, and the last one, which may.
// Only the last one has to be drawn anew when something comes.

/** What is known of the text so far. */
export class Blocks {
  /** The blocks that are over, each with its line ends. */
  readonly done: string[] = [];
  /** The block that may go on. */
  private tail = '';
  /** The last line, as long as its end did not come. */
  private partial = '';
  private fence: { mark: string; length: number } | undefined;
  private blank = false;

  /** Takes the next characters; gives the blocks that are over by that. */
  append(text: string): string[] {
    const before = this.done.length;
    const lines = (this.partial + text).split('\n');
    this.partial = lines.pop() ?? '';
    for (const line of lines) this.line(line);
    return this.done.slice(before);
  }

  /** The block that is not over. */
  get open(): string {
    return this.tail + this.partial;
  }

  /** Whether the block that is not over is code whose fence is open: then it only grows at its end. */
  get inCode(): boolean {
    return this.fence !== undefined && this.tail.trimStart().startsWith(this.fence.mark);
  }

  /** The text is at its end. */
  end(): string[] {
    const before = this.done.length;
    if (this.open.trim()) this.done.push(this.open);
    this.tail = '';
    this.partial = '';
    this.fence = undefined;
    return this.done.slice(before);
  }

  private line(line: string): void {
    const mark = /^\s{0,3}(`{3,}|~{3,})(.*)$/.exec(line);
    if (this.fence) {
      this.tail += `${line}\n`;
      const closes = mark?.[1]?.startsWith(this.fence.mark) && mark[1].length >= this.fence.length && !mark[2]?.trim();
      if (closes) {
        this.fence = undefined;
        if (/^(`|~)/.test(this.tail.trimStart())) this.close();
      }
      return;
    }
    if (!line.trim()) {
      this.tail += `${line}\n`;
      this.blank = true;
      return;
    }
    // A paragraph ends where code begins; a list may have code in it, which is indented.
    const fence = mark?.[1] ?? '';
    const opens = fence !== '' && !(fence.startsWith('`') && mark?.[2]?.includes('`'));
    const apart = this.blank ? !this.goesOn(line) : opens && !/^\s/.test(line);
    if (apart && this.tail.trim()) this.close();
    this.blank = false;
    if (opens) this.fence = { mark: fence.charAt(0), length: fence.length };
    this.tail += `${line}\n`;
  }

  /** Whether a line behind a blank one still belongs to the block: a list that goes on. */
  private goesOn(line: string): boolean {
    const list = /^\s*([-*+]|\d{1,9}[.)])\s/;
    return list.test(this.tail.trimStart()) && (/^\s/.test(line) || list.test(line));
  }

  private close(): void {
    this.done.push(this.tail);
    this.tail = '';
    this.blank = false;
  }
}
