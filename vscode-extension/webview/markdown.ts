// Markdown of a model as HTML that can do no harm: no HTML of its own, no images, no links but to https; citations become
// buttons.
import DOMPurify from 'dompurify';
import hljs from 'highlight.js/lib/core';
import MarkdownIt from 'markdown-it';
import type { Citation, Source } from '../src/lsp_ext';
import { mark, pieces, type Target } from './citations';

import bash from 'highlight.js/lib/languages/bash';
import c from 'highlight.js/lib/languages/c';
import cpp from 'highlight.js/lib/languages/cpp';
import csharp from 'highlight.js/lib/languages/csharp';
import css from 'highlight.js/lib/languages/css';
import diff from 'highlight.js/lib/languages/diff';
import go from 'highlight.js/lib/languages/go';
import ini from 'highlight.js/lib/languages/ini';
import java from 'highlight.js/lib/languages/java';
import javascript from 'highlight.js/lib/languages/javascript';
import json from 'highlight.js/lib/languages/json';
import kotlin from 'highlight.js/lib/languages/kotlin';
import lua from 'highlight.js/lib/languages/lua';
import php from 'highlight.js/lib/languages/php';
import python from 'highlight.js/lib/languages/python';
import ruby from 'highlight.js/lib/languages/ruby';
import rust from 'highlight.js/lib/languages/rust';
import sql from 'highlight.js/lib/languages/sql';
import typescript from 'highlight.js/lib/languages/typescript';
import xml from 'highlight.js/lib/languages/xml';
import yaml from 'highlight.js/lib/languages/yaml';

const LANGUAGES = {
  bash,
  c,
  cpp,
  csharp,
  css,
  diff,
  go,
  ini,
  java,
  javascript,
  json,
  kotlin,
  lua,
  php,
  python,
  ruby,
  rust,
  sql,
  typescript,
  xml,
  yaml,
};
for (const [name, language] of Object.entries(LANGUAGES)) hljs.registerLanguage(name, language);

/** Colours cost more than they give in code that nobody reads at once. */
const MOST_COLOURED = 40_000;

/** What the citations of an answer can name. */
export interface Known {
  sources: Source[];
  /** Undefined as long as nothing was checked. */
  citations: Citation[] | undefined;
}

const markdown = new MarkdownIt({ html: false, linkify: false, breaks: false });
markdown.disable(['image', 'html_block', 'html_inline', 'reference']);
markdown.validateLink = (url: string): boolean => /^https:\/\/[^\s]+$/i.test(url);

// Tables and code get a frame that can be scrolled with the keyboard.
markdown.renderer.rules.table_open = () => '<div class="scroll" tabindex="0" role="group" aria-label="table"><table>';
markdown.renderer.rules.table_close = () => '</table></div>';
markdown.renderer.rules.fence = (tokens, index) => {
  const token = tokens[index];
  return token ? codeBlock(token.content, token.info.trim().split(/\s+/)[0] ?? '') : '';
};
markdown.renderer.rules.code_block = (tokens, index) => codeBlock(tokens[index]?.content ?? '', '');
markdown.renderer.rules.citation = (tokens, index) => (tokens[index]?.meta as { html: string } | undefined)?.html ?? '';

markdown.core.ruler.push('citations', (state) => {
  const known = (state.env as { known?: Known }).known;
  if (!known) return;
  for (const token of state.tokens) {
    if (token.type !== 'inline' || !token.children) continue;
    let inLink = 0;
    token.children = token.children.flatMap((child) => {
      if (child.type === 'link_open') inLink += 1;
      if (child.type === 'link_close') inLink -= 1;
      if (inLink > 0 || (child.type !== 'text' && child.type !== 'code_inline')) return [child];
      const found = pieces(child.content);
      // Inline code is a citation as a whole or not at all.
      const whole = found[0];
      if (
        child.type === 'code_inline' &&
        (found.length !== 1 || !whole || !('cite' in whole) || 'source' in whole.cite)
      ) {
        return [child];
      }
      return found.map((piece) => {
        const html = 'cite' in piece ? citation(piece.text, piece.cite, known) : undefined;
        if (html === undefined) {
          const text = new state.Token(child.type, child.tag, 0);
          text.content = piece.text;
          text.markup = child.markup;
          return text;
        }
        const chip = new state.Token('citation', '', 0);
        chip.meta = { html };
        return chip;
      });
    });
  }
});

function citation(text: string, target: Target, known: Known): string | undefined {
  const found = mark(target, known.sources, known.citations);
  if (!found) return undefined;
  const shown = 'source' in target ? String(target.source) : text;
  const icon = { verified: 'check', unverified: 'warning', unchecked: '' }[found.state];
  const symbol = icon ? `<span class="codicon codicon-${icon}" aria-hidden="true"></span>` : '';
  const data =
    'source' in target
      ? `data-source="${target.source}"`
      : `data-path="${escape(target.path)}" data-first="${target.first}" data-last="${target.last}"`;
  const kind = 'source' in target ? 'number' : 'place';
  return `<button type="button" class="citation ${found.state} ${kind}" ${data} title="${escape(found.label)}" aria-label="${escape(`Source ${shown}: ${found.label}`)}">${escape(shown)}${symbol}</button>`;
}

/** What a citation's button names. */
export function targetOf(button: HTMLElement): Target | undefined {
  const { source, path, first, last } = button.dataset;
  if (source) return { source: Number(source) };
  if (path && first && last) return { path, first: Number(first), last: Number(last) };
  return undefined;
}

function codeBlock(code: string, language: string): string {
  const known = hljs.getLanguage(language) && code.length <= MOST_COLOURED;
  const body = known ? hljs.highlight(code, { language, ignoreIllegals: true }).value : escape(code);
  return codeFrame(body, language);
}

function codeFrame(body: string, language: string): string {
  const name = /^[\w+#.-]{1,20}$/.test(language) ? language : '';
  return (
    `<div class="code"><div class="code-head"><span class="code-language">${escape(name)}</span>` +
    `<button type="button" class="icon" data-code="copy" title="Copy this code" aria-label="Copy this code"><span class="codicon codicon-copy" aria-hidden="true"></span></button>` +
    `<button type="button" class="icon" data-code="insert" title="Insert at the cursor" aria-label="Insert this code at the cursor"><span class="codicon codicon-insert" aria-hidden="true"></span></button></div>` +
    `<pre tabindex="0" aria-label="code${name ? ` in ${escape(name)}` : ''}"><code>${body}</code></pre></div>`
  );
}

/** A frame for code that is still being written: its text is appended to, without colours. */
export function openCode(source: string): { html: string; code: string } {
  const [head = '', ...rest] = source.trimStart().split('\n');
  const language =
    head
      .replace(/^[`~]+/, '')
      .trim()
      .split(/\s+/)[0] ?? '';
  return { html: sanitise(codeFrame('', language)), code: rest.join('\n') };
}

/** HTML of one block. */
export function render(source: string, known: Known): string {
  return sanitise(markdown.render(source, { known }));
}

function sanitise(html: string): string {
  return DOMPurify.sanitize(html, {
    ALLOWED_TAGS: [
      'p',
      'br',
      'hr',
      'h1',
      'h2',
      'h3',
      'h4',
      'h5',
      'h6',
      'strong',
      'em',
      's',
      'code',
      'pre',
      'blockquote',
      'ul',
      'ol',
      'li',
      'table',
      'thead',
      'tbody',
      'tr',
      'th',
      'td',
      'a',
      'span',
      'div',
      'button',
    ],
    ALLOWED_ATTR: ['class', 'href', 'title', 'start', 'type', 'role', 'tabindex', 'style'],
    ALLOW_DATA_ATTR: true,
    ALLOW_ARIA_ATTR: true,
    FORBID_ATTR: ['style'],
    ALLOWED_URI_REGEXP: /^https:\/\//i,
  });
}

/** Text in HTML. */
export function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
