// An answer as a Markdown document, with its citations as links.
import type { Turn } from '../chat/protocol';
import type { AnswerResult, Citation, Source } from '../lsp_ext';

/** The document of an answer that is being written, or is there. */
export function document(
  about: string,
  turn: Pick<Turn, 'text' | 'status' | 'sources'>,
  answer: AnswerResult | undefined,
): string {
  const parts = [`# ${about}`];
  if (turn.text) parts.push(answer ? linked(turn.text, answer.citations ?? [], answer.sources) : turn.text);
  if (!answer) {
    parts.push(`*${turn.status || 'Looking for code'}…*`);
    return parts.join('\n\n');
  }
  if (answer.error) parts.push(`> ${answer.error}`);
  if (answer.summary) parts.push(`*${answer.summary}*`);
  if (turn.sources.length > 0) parts.push(['## Sources', '', ...turn.sources.map(sourceLine)].join('\n'));
  return parts.join('\n\n');
}

/** The text with its citations as links; those that could not be verified are marked. */
export function linked(text: string, citations: readonly Citation[], sources: readonly Source[]): string {
  const lines = text.split('\n');
  const inOrder = [...citations].sort(
    (a, b) =>
      b.textRange.start.line - a.textRange.start.line || b.textRange.start.character - a.textRange.start.character,
  );
  for (const citation of inOrder) {
    const { start, end } = citation.textRange;
    const line = lines[start.line];
    if (line === undefined || start.line !== end.line || end.character > line.length) continue;
    const shown = line.slice(start.character, end.character).replace(/^\[|\]$/g, '');
    const address = citation.uri && addressOf(citation.uri, citation.range);
    const mark = citation.verified ? '' : ' ⚠';
    const link = address ? `[\\[${shown}${mark}\\]](${address})` : `\\[${shown}${mark}\\]`;
    lines[start.line] = line.slice(0, start.character) + link + line.slice(end.character);
  }
  if (citations.length > 0) return lines.join('\n');
  // Nothing was checked: numbers of sources still lead there.
  return lines.join('\n').replace(/\[(\d{1,3})\](?![(:])/g, (whole, number: string) => {
    const source = sources.find((known) => known.n === Number(number));
    return source ? `[\\[${number}\\]](${addressOf(source.uri, source.range)})` : whole;
  });
}

function sourceLine(source: Source): string {
  const path = source.path || decodeURIComponent(source.uri.split('/').at(-1) ?? '');
  const first = source.range.start.line + 1;
  return `${source.n}. [${path}:${first}](${addressOf(source.uri, source.range)}) ${source.label}`;
}

function addressOf(uri: string, range: Source['range'] | null): string {
  return range ? `${uri}#L${range.start.line + 1}` : uri;
}
