// How everything is, in words: for the status bar, its tooltip and the menu. Knows nothing of VS Code.
import type { FolderReport, HostReport, Report } from '../lsp_ext';
import type { ServerState } from '../server/server';

/** What the status bar shows. */
export interface Bar {
  text: string;
  /** For screen readers. */
  label: string;
  level: 'normal' | 'warning' | 'error';
}

/** What a folder does, in a few words. */
export function phase(folder: FolderReport): string {
  switch (folder.phase) {
    case 'starting':
      return 'starting';
    case 'finding':
      return 'looking for files';
    case 'indexing':
      return folder.total > 0 ? `indexing, ${percent(folder)}%` : 'indexing';
    case 'following':
      return 'another window indexes';
    case 'paused':
      return 'paused';
    case 'failed':
      return 'there is no index';
    case 'ready':
      return folder.chunks.pending > 0 ? `ready, ${folder.chunks.pending} pieces wait for a vector` : 'ready';
  }
}

/** How far a folder is. */
export function percent(folder: { done: number; total: number }): number {
  return folder.total > 0 ? Math.min(100, Math.floor((100 * folder.done) / folder.total)) : 0;
}

/** Whether a host can be used. */
export function hostState(host: HostReport): 'good' | 'bad' | 'unknown' {
  switch (host.state) {
    case 'up':
      return 'good';
    case 'down':
    case 'unusable':
      return 'bad';
    default:
      return 'unknown';
  }
}

/** Why a host cannot be used. */
export function hostProblem(host: HostReport): string {
  return host.why ?? host.state ?? '';
}

const WORST_FIRST: FolderReport['phase'][] = [
  'failed',
  'indexing',
  'finding',
  'starting',
  'paused',
  'following',
  'ready',
];

/** What the status bar shows. */
export function bar(state: ServerState, report: Report | undefined, trusted: boolean): Bar {
  if (state.is === 'failed')
    return { text: '$(compass) $(error)', label: `CodeCompass does not run: ${state.problem}`, level: 'error' };
  if (state.is === 'waiting')
    return { text: '$(compass) $(warning)', label: 'CodeCompass ended and is started again', level: 'warning' };
  if (state.is === 'stopped')
    return { text: '$(compass) $(circle-slash)', label: 'CodeCompass does not run', level: 'normal' };
  if (state.is === 'starting' || !report)
    return { text: '$(compass) $(loading~spin)', label: 'CodeCompass starts', level: 'normal' };
  const { folders } = report;
  if (folders.length === 0) return { text: '$(compass)', label: 'CodeCompass: no folder is open', level: 'normal' };
  const worst = WORST_FIRST.find((phase) => folders.some((folder) => folder.phase === phase)) ?? 'ready';
  const at = folders.filter((folder) => folder.phase === worst);
  const errors = folders.flatMap((folder) => folder.errors);
  const restricted = trusted ? '' : ', only search: the folder is not trusted';
  switch (worst) {
    case 'failed':
      return {
        text: '$(compass) $(error)',
        label: `CodeCompass: there is no index. ${errors[0] ?? ''}`.trim(),
        level: 'error',
      };
    case 'indexing': {
      const sum = at.reduce((sum, folder) => ({ done: sum.done + folder.done, total: sum.total + folder.total }), {
        done: 0,
        total: 0,
      });
      const said = `${percent(sum)}%`;
      return { text: `$(compass) $(sync~spin) ${said}`, label: `CodeCompass indexes: ${said}`, level: 'normal' };
    }
    case 'finding':
    case 'starting':
      return {
        text: '$(compass) $(sync~spin)',
        label: `CodeCompass: ${worst === 'finding' ? 'looking for files' : 'starting'}`,
        level: 'normal',
      };
    case 'paused':
      return { text: '$(compass) $(debug-pause)', label: 'CodeCompass: indexing is paused', level: 'normal' };
    default: {
      const down = (report.hosts ?? []).filter((host) => hostState(host) === 'bad');
      const none = (report.hosts ?? []).length > 0 && down.length === report.hosts?.length;
      if (errors.length > 0)
        return { text: '$(compass) $(warning)', label: `CodeCompass: ${errors[0]}`, level: 'warning' };
      const host = none ? ', no model host answers' : '';
      return {
        text: none ? '$(compass) $(debug-disconnect)' : '$(compass)',
        label: `CodeCompass is ready${host}${restricted}`,
        level: 'normal',
      };
    }
  }
}

/** Everything in Markdown, for the tooltip. */
export function tooltip(state: ServerState, report: Report | undefined, trusted: boolean): string {
  const lines = ['**CodeCompass**'];
  if (state.is === 'failed') lines.push(`$(error) ${plain(state.problem)}`);
  if (state.is === 'waiting') lines.push(`$(warning) The server ended and is started again in ${state.seconds} s.`);
  if (!trusted) lines.push('$(shield) The folder is not trusted: only index and search.');
  for (const folder of report?.folders ?? []) {
    const name = folder.workspace.split(/[\\/]/).at(-1) ?? folder.workspace;
    lines.push(
      `$(root-folder) ${plain(name)}: ${phase(folder)}; ${count(folder.files.indexed, 'file')}, ${count(folder.chunks.total, 'piece')}`,
    );
    for (const error of folder.errors.slice(0, 3)) lines.push(`$(warning) ${plain(error)}`);
  }
  for (const host of report?.hosts ?? []) {
    const state = hostState(host);
    const icon = { good: '$(pass)', bad: '$(debug-disconnect)', unknown: '$(circle-outline)' }[state];
    lines.push(`${icon} ${plain(host.name)}${state === 'bad' ? `: ${plain(hostProblem(host))}` : ''}`);
  }
  return lines.join('\n\n');
}

/** `1 file`, `1,234 files`. */
export function count(number: number, what: string): string {
  return `${number.toLocaleString('en-US')} ${what}${number === 1 ? '' : 's'}`;
}

/** `3 minutes ago`. */
export function ago(seconds: number): string {
  if (seconds < 10) return 'just now';
  for (const [unit, length] of [
    ['day', 86_400],
    ['hour', 3_600],
    ['minute', 60],
  ] as const) {
    if (seconds >= length) return `${count(Math.floor(seconds / length), unit)} ago`;
  }
  return `${count(Math.floor(seconds), 'second')} ago`;
}

/** Text without what means something in Markdown. */
export function plain(text: string): string {
  return text.replace(/[\\*_[\]<>`#|!$]/g, '\\$&');
}
