// Which models are worth fetching, and how things about models are said.
import type { ModelReport } from '../lsp_ext';

/** A model that does its job well for its size. */
export interface Suggestion {
  name: string;
  use: 'chat' | 'embed';
  /** What it takes on disk, and about as much memory. */
  bytes: number;
  why: string;
}

const GIB = 1024 ** 3;

/** Small to large. All of them can be used without asking anybody for leave. */
export const SUGGESTIONS: readonly Suggestion[] = [
  { name: 'qwen2.5-coder:1.5b', use: 'chat', bytes: 1.0 * GIB, why: 'answers on a laptop without a GPU' },
  { name: 'qwen2.5-coder:3b', use: 'chat', bytes: 1.9 * GIB, why: 'a good start: 8 GiB of memory are enough' },
  {
    name: 'qwen2.5-coder:7b',
    use: 'chat',
    bytes: 4.7 * GIB,
    why: 'clearly better; 16 GiB of memory or a GPU with 8 GiB',
  },
  { name: 'qwen3-coder:30b', use: 'chat', bytes: 19 * GIB, why: 'for a GPU with 24 GiB' },
  { name: 'nomic-embed-text', use: 'embed', bytes: 0.27 * GIB, why: 'makes vectors for search by meaning' },
];

/** `4.7 GiB`. */
export function size(bytes: number | null | undefined): string {
  if (!bytes) return '';
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** What a model is and can do, in a line. */
export function facts(model: ModelReport): string {
  const context = model.context ?? model.context_length;
  return [
    size(model.size ?? model.bytes),
    model.parameters,
    model.quantization,
    context ? `${context} tokens` : '',
    model.capabilities?.filter((capability) => capability !== 'completion').join(' '),
    model.loaded ? 'loaded' : '',
    model.cloud ? "in Ollama's cloud, not on the host" : '',
  ]
    .filter(Boolean)
    .join(' · ');
}

/** Whether a model can answer. One that does not say what it can do may be able to. */
export function canChat(model: ModelReport): boolean {
  return !model.capabilities || model.capabilities.length === 0 || model.capabilities.includes('completion');
}

/** Whether a name can be one of a model: nothing else is handed to the program. */
export function isModelName(name: string): boolean {
  return /^[A-Za-z0-9][\w.\-/:]{0,199}$/.test(name);
}

/** How much of a model is there, in percent, and what is being done. */
export function pullProgress(line: { status?: string; completed?: number; total?: number }): {
  percent: number;
  text: string;
} {
  const { status = '', completed = 0, total = 0 } = line;
  if (!total) return { percent: 0, text: status };
  const percent = Math.min(100, Math.floor((100 * completed) / total));
  return { percent, text: `${percent}% · ${size(completed)} of ${size(total)}` };
}
