// Code actions, with as much of an editor as they need.
import { beforeEach, describe, expect, it, vi } from 'vitest';

const commands = new Map<string, () => unknown>();
const ran: unknown[][] = [];
vi.mock('vscode', () => ({
  commands: {
    registerCommand: (id: string, action: () => unknown) => {
      commands.set(id, action);
      return { dispose: () => commands.delete(id) };
    },
    executeCommand: (...all: unknown[]) => ran.push(all),
  },
}));
const { Offers } = await import('../src/explain/offers');

beforeEach(() => {
  commands.clear();
  ran.length = 0;
});

describe('a code action', () => {
  it('can be run for as long as it is shown, whatever was offered since', () => {
    const offers = new Offers();
    const first = offers.keep({ title: 'Explain', command: 'codecompass.explain', arguments: [{ line: 1 }] });
    // The editor keeps what has no arguments.
    expect(first.arguments).toBeUndefined();
    for (let line = 2; line < 100; line += 1) {
      offers.keep({ title: 'Explain', command: 'codecompass.explain', arguments: [{ line }] });
    }
    commands.get(first.command)?.();
    expect(ran).toEqual([['codecompass.explain', { line: 1 }]]);
  });

  it('costs nothing that grows, and leaves nothing behind', () => {
    const offers = new Offers();
    for (let line = 0; line < 1_000; line += 1) offers.keep({ title: '', command: 'x', arguments: [line] });
    expect(commands.size).toBe(256);
    offers.dispose();
    expect(commands.size).toBe(0);
  });

  it('without arguments stays as it is', () => {
    const command = { title: 'Send', command: 'codecompass.chat.send' };
    expect(new Offers().keep(command)).toBe(command);
  });
});
