// A query as it is typed: words and filters. The server reads it; here filters are only added and taken away.
import type { Hit, Mode } from '../lsp_ext';

/** A filter in a query. */
export interface Filter {
  name: 'lang' | 'path' | 'kind';
  value: string;
}

/** The modes, the usual one first. */
export const MODES: readonly { mode: Mode; icon: string; label: string; detail: string }[] = [
  { mode: 'hybrid', icon: 'compass', label: 'Everything', detail: 'words, names and meaning together' },
  { mode: 'keyword', icon: 'whole-word', label: 'Words', detail: 'only code that has these words' },
  { mode: 'vector', icon: 'lightbulb', label: 'Meaning', detail: 'only what means something similar' },
  { mode: 'symbol', icon: 'symbol-class', label: 'Names', detail: 'only definitions of that name' },
];

/** The mode after this one. */
export function nextMode(mode: Mode): Mode {
  const at = MODES.findIndex((known) => known.mode === mode);
  return MODES[(at + 1) % MODES.length]?.mode ?? 'hybrid';
}

/** The query with this filter; one of the same name is replaced. */
export function withFilter(query: string, filter: Filter): string {
  const value = /\s/.test(filter.value) ? `"${filter.value}"` : filter.value;
  const rest = withoutFilter(query, filter.name);
  return `${filter.name}:${value} ${rest}`.trimEnd() + (rest ? '' : ' ');
}

/** The query without filters of that name. */
export function withoutFilter(query: string, name: Filter['name']): string {
  return query.replace(new RegExp(`(^|\\s)${name}:("[^"]*"|\\S*)`, 'g'), '').trim();
}

/** The icon of a kind of definition. */
export function kindIcon(kind: string | null): string {
  const icons: Record<string, string> = {
    function: 'symbol-function',
    method: 'symbol-method',
    constructor: 'symbol-constructor',
    class: 'symbol-class',
    struct: 'symbol-structure',
    enum: 'symbol-enum',
    interface: 'symbol-interface',
    trait: 'symbol-interface',
    type: 'symbol-class',
    constant: 'symbol-constant',
    variable: 'symbol-variable',
    field: 'symbol-field',
    property: 'symbol-property',
    module: 'symbol-module',
    namespace: 'symbol-namespace',
    macro: 'symbol-function',
    impl: 'symbol-structure',
    section: 'symbol-string',
    heading: 'symbol-string',
    test: 'beaker',
  };
  return (kind && icons[kind]) ?? 'symbol-snippet';
}

/** What is shown of a hit in one line. */
export function title(hit: Hit): string {
  if (hit.symbol) return hit.symbol;
  const line =
    hit.text
      .split('\n')
      .map((text) => text.trim())
      .find((text) => /\w/.test(text)) ?? '';
  return line.length > 80 ? `${line.slice(0, 79)}…` : line || 'code';
}

/** The words of a query without its filters, as code may hold them. */
export function words(query: string): string[] {
  const text = (['lang', 'path', 'kind'] as const).reduce(withoutFilter, query);
  const parts = text
    .split(/[^\p{L}\p{N}_]+/u)
    .flatMap((word) => [word, ...word.split('_'), ...word.split(/(?<=[a-z])(?=[A-Z])/)]);
  return [...new Set(parts.map((word) => word.toLowerCase()).filter((word) => word.length > 2))];
}

/** The line of a hit, from 0, that has the most of the query's words; the first of several. */
export function bestLine(hit: Pick<Hit, 'text'>, query: string): number {
  const wanted = words(query);
  let best = { line: 0, score: 0 };
  for (const [line, text] of hit.text.split('\n').entries()) {
    const lower = text.toLowerCase();
    // A long word says more than a short one.
    const score = wanted.reduce((sum, word) => sum + (lower.includes(word) ? word.length : 0), 0);
    if (score > best.score) best = { line, score };
  }
  return best.line;
}

/** What is shown of a hit's text: from the line on that has the most to do with the query. */
export function excerpt(hit: Pick<Hit, 'text'>, query: string): string {
  const lines = hit.text
    .split('\n')
    .slice(bestLine(hit, query))
    .map((text) => text.trim())
    .filter((text) => /\w/.test(text));
  const shown = lines.slice(0, 6).join(' ⏎ ');
  return shown.length > 160 ? `${shown.slice(0, 159)}…` : shown;
}

/** The lines of a hit from 1, as `12-30`. */
export function lineSpan(hit: Pick<Hit, 'range'>): string {
  const first = hit.range.start.line + 1;
  const { end } = hit.range;
  const last = end.character === 0 && end.line > hit.range.start.line ? end.line : end.line + 1;
  return first === last ? String(first) : `${first}-${last}`;
}

/** The parts of a score, the largest first: `keyword 0.40, vector 0.43`. */
export function signals(hit: Pick<Hit, 'signals' | 'score'>): string {
  const parts = Object.entries(hit.signals)
    .filter(([, value]) => Math.abs(value) >= 0.005)
    .sort((a, b) => Math.abs(b[1]) - Math.abs(a[1]))
    .map(([name, value]) => `${name} ${value.toFixed(2)}`);
  return `${hit.score.toFixed(2)} = ${parts.join(' + ').replace(/\+ -/g, '− ') || '0'}`;
}

/** Hits by file, files in the order of their best hit, hits by line. */
export function byFile(hits: readonly Hit[]): { uri: string; path: string; hits: Hit[] }[] {
  const files = new Map<string, { uri: string; path: string; hits: Hit[] }>();
  for (const hit of hits) {
    const file = files.get(hit.uri) ?? { uri: hit.uri, path: hit.path, hits: [] };
    file.hits.push(hit);
    files.set(hit.uri, file);
  }
  for (const file of files.values()) file.hits.sort((a, b) => a.range.start.line - b.range.start.line);
  return [...files.values()];
}
