// Runs the server's program as a command line: what takes long and has nothing to do with the index, such as fetching a model.
import { spawn } from 'node:child_process';

/** What is run. */
export interface Run {
  path: string;
  env: NodeJS.ProcessEnv;
  args: string[];
  /** Lines of the standard output as they come. */
  onLine?: (line: string) => void;
  signal?: AbortSignal;
}

/** What came of it. Exit code 1 says that nothing was found. */
export interface Ran {
  code: number;
  lines: string[];
  /** The sentence on the standard error, without its `error:`. */
  problem: string;
}

/** Runs it to its end. */
export function run(what: Run): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(what.path, what.args, {
      env: what.env,
      stdio: ['ignore', 'pipe', 'pipe'],
      windowsHide: true,
      signal: what.signal,
    });
    const lines: string[] = [];
    let rest = '';
    let errors = '';
    child.stdout.setEncoding('utf8').on('data', (data: string) => {
      const parts = (rest + data).split('\n');
      rest = parts.pop() ?? '';
      for (const line of parts) {
        lines.push(line);
        what.onLine?.(line);
      }
    });
    child.stderr.setEncoding('utf8').on('data', (data: string) => {
      errors += data;
    });
    child.once('error', reject);
    child.once('close', (code) => {
      if (rest) lines.push(rest);
      resolve({ code: code ?? 2, lines, problem: sentenceOf(errors) });
    });
  });
}

/** The last thing that was said on standard error. */
export function sentenceOf(errors: string): string {
  const lines = errors
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
  const last = lines.findLast((line) => line.startsWith('error:')) ?? lines.at(-1) ?? '';
  return last.replace(/^(error|warning|note):\s*/, '');
}

/** The lines that are JSON. */
export function parsed<T>(lines: string[]): T[] {
  return lines.flatMap((line) => {
    try {
      return [JSON.parse(line) as T];
    } catch {
      return [];
    }
  });
}
