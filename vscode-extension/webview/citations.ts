// Citations in an answer: `[3]` and `src/store.rs:12-30`. Finds them, and says which of them hold.
import type { Citation, Source } from '../src/lsp_ext';

/** A piece of a line: text, or a citation. */
export type Piece = { text: string } | { text: string; cite: Target };

/** What a citation names. */
export type Target = { source: number } | { path: string; first: number; last: number };

/** How a citation is shown. */
export interface Mark {
  state: 'verified' | 'unverified' | 'unchecked';
  /** What is said of it when the pointer rests on it, and to screen readers. */
  label: string;
  uri?: string;
  range?: Source['range'];
}

const CITATION = /\[(\d{1,3}(?:\s*,\s*\d{1,3})*)\]|((?:[\w@.+-]+\/)*[\w@.+-]+\.\w{1,10}):(\d{1,7})(?:[-–](\d{1,7}))?/gu;

/** Cuts a text at its citations. */
export function pieces(text: string): Piece[] {
  const out: Piece[] = [];
  let from = 0;
  for (const found of text.matchAll(CITATION)) {
    const at = found.index;
    if (at > from) out.push({ text: text.slice(from, at) });
    if (found[1] !== undefined) {
      // `[1, 2]` are two of them.
      for (const number of found[1].split(',')) {
        out.push({ text: `[${number.trim()}]`, cite: { source: Number(number) } });
      }
    } else {
      const first = Number(found[3]);
      const last = found[4] === undefined ? first : Number(found[4]);
      out.push({ text: found[0], cite: { path: found[2] ?? '', first, last } });
    }
    from = at + found[0].length;
  }
  if (from < text.length) out.push({ text: text.slice(from) });
  return out;
}

/** The lines of a range, from 1 and inclusive. */
export function lines(range: Source['range']): { first: number; last: number } {
  const first = range.start.line + 1;
  const behind = range.end.character === 0 && range.end.line > range.start.line;
  return { first, last: behind ? range.end.line : range.end.line + 1 };
}

/** `src/store.rs:12-30`. */
export function placeLabel(path: string, range: Source['range'] | null | undefined): string {
  if (!range) return path;
  const { first, last } = lines(range);
  return first === last ? `${path}:${first}` : `${path}:${first}-${last}`;
}

/** The path of a source, as it is shown. */
export function sourcePath(source: Source): string {
  if (source.path) return source.path;
  const parts = source.uri.split('/');
  return decode(parts.at(-1) ?? source.uri);
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/**
 * How a citation is shown; undefined when it is none after all and stays text. `citations` are those that were checked, and
 * undefined as long as the answer is being written.
 */
export function mark(target: Target, sources: Source[], citations: Citation[] | undefined): Mark | undefined {
  const checked = citations?.filter((citation) => isOf(citation, target));
  const bad = checked?.find((citation) => !citation.verified);
  const one = bad ?? checked?.[0];
  if (one) {
    const place = placeLabel(one.path, one.range);
    return {
      state: one.verified ? 'verified' : 'unverified',
      label: one.verified
        ? `${place}, checked${one.added ? ', found by comparing the sentence with the sources' : ''}`
        : `${place}, not verified: ${one.reason ?? 'it was not checked'}`,
      uri: one.uri ?? undefined,
      range: one.range ?? undefined,
    };
  }
  const source = sources.find((known) => names(known, target));
  if (!source) {
    // A number in brackets that is no source is a number in brackets.
    if ('source' in target || citations === undefined) return undefined;
    return undefined;
  }
  return {
    state: 'unchecked',
    label: `${placeLabel(sourcePath(source), source.range)}, not checked`,
    uri: source.uri,
    range: rangeIn(source, target),
  };
}

function isOf(citation: Citation, target: Target): boolean {
  if ('source' in target) return citation.source === target.source;
  if (citation.path !== target.path && !citation.path.endsWith(`/${target.path}`)) return false;
  if (!citation.range) return true;
  const { first, last } = lines(citation.range);
  return first === target.first && last === target.last;
}

function names(source: Source, target: Target): boolean {
  if ('source' in target) return source.n === target.source;
  const path = sourcePath(source);
  if (path !== target.path && !path.endsWith(`/${target.path}`)) return false;
  const { first, last } = lines(source.range);
  return target.first >= first && target.last <= last;
}

function rangeIn(source: Source, target: Target): Source['range'] {
  if ('source' in target) return source.range;
  return { start: { line: target.first - 1, character: 0 }, end: { line: target.last, character: 0 } };
}
