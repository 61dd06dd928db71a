// What the tools and the model provider say, as text. Knows nothing of VS Code.
import type { AnswerResult, Hit } from '../lsp_ext';
import { lineSpan } from '../search/query';

/** Hits for a model that reads them: where, what and the code with its line numbers. */
export function hitsForModel(
  hits: readonly Hit[],
  notes: readonly string[],
  relative: (uri: string) => string,
): string {
  if (hits.length === 0) return ['Nothing was found.', ...notes].join('\n');
  const parts = hits.map((hit) => {
    const what = hit.symbol ? ` (${[hit.kind, hit.symbol].filter(Boolean).join(' ')})` : '';
    const first = hit.range.start.line + 1;
    const lines = hit.text
      .replace(/\n$/, '')
      .split('\n')
      .map((line, index) => `${first + index}: ${line}`);
    return `${relative(hit.uri)}:${lineSpan(hit)}${what}\n${fence(lines.join('\n'), hit.language)}`;
  });
  return [...parts, ...notes].join('\n\n');
}

/** An answer for a model that reads it. */
export function answerForModel(answer: AnswerResult, relative: (uri: string) => string): string {
  const parts: string[] = [];
  if (answer.text) parts.push(answer.text);
  if (answer.error && !answer.text) parts.push(answer.error);
  if (answer.summary) parts.push(answer.summary);
  const sources = answer.sources.map(
    (source) =>
      `[${source.n}] ${relative(source.uri)}:${source.range.start.line + 1} ${source.label}${source.text ? `\n${fence(source.text, source.language)}` : ''}`,
  );
  if (sources.length > 0) parts.push('Sources:', ...sources);
  return parts.join('\n\n');
}

/** A fence that the code cannot close. */
export function fence(code: string, language: string): string {
  const longest = Math.max(2, ...[...code.matchAll(/`+/g)].map(([run]) => run.length));
  const mark = '`'.repeat(longest + 1);
  return `${mark}${language}\n${code.replace(/\n$/, '')}\n${mark}`;
}

/** The question in a conversation of another chat: the last thing that the user said, after what was said before. */
export function questionOf(messages: readonly { user: boolean; text: string }[], most = 4000): string {
  const said = messages.filter((message) => message.text.trim());
  const last = said.findLast((message) => message.user)?.text ?? '';
  const before = said
    .slice(0, -1)
    .map((message) => `${message.user ? 'Asked' : 'Answered'} before: ${message.text}`)
    .join('\n\n');
  if (!before) return last;
  return `${before.length > most ? `…${before.slice(-most)}` : before}\n\n${last}`;
}

/** About how many tokens a text has. */
export function tokens(text: string): number {
  return Math.ceil(text.length / 4);
}
