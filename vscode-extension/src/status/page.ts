// The status page as HTML: what is indexed, what is left out and why, hosts and models, what is wrong and what to do.
import { escape } from '../chat/html';
import { facts, size } from '../hosts/suggest';
import type { Check, FolderReport, HostReport, ModelReport, Report } from '../lsp_ext';
import type { ServerState } from '../server/server';
import { ago, count, hostProblem, hostState, percent, phase } from './text';

/** All that the page shows. */
export interface PageContent {
  state: ServerState;
  report: Report | undefined;
  trusted: boolean;
  models: (ModelReport & { host: string })[];
  /** Why the models are not known. */
  modelsProblem?: string;
  checks?: Check[];
}

/** The part of the page that changes. */
export function pageContent(content: PageContent): string {
  const { state, report } = content;
  return [
    '<h1>CodeCompass</h1>',
    server(state),
    content.trusted
      ? ''
      : note('The folder is not trusted: it is indexed and can be searched, but nothing of it is sent to a model.'),
    ...(report?.folders ?? []).map(folder),
    report?.folders.length === 0 ? note('No folder is open.') : '',
    hosts(report?.hosts ?? [], content),
    content.checks ? checks(content.checks) : '',
    buttons([
      ['codecompass.doctor', 'What is wrong?'],
      ['codecompass.showLog', 'Show the log'],
      ['codecompass.restart', 'Restart the server'],
      ['codecompass.settings', 'Settings'],
    ]),
  ].join('\n');
}

function server(state: ServerState): string {
  switch (state.is) {
    case 'running':
      return `<p>${symbol('good', 'pass')} Version ${escape(state.version)}, <code>${escape(state.path)}</code></p>`;
    case 'starting':
      return `<p>${symbol('wait', 'sync')} The server starts.</p>`;
    case 'waiting':
      return `<p>${symbol('wait', 'warning')} The server ended and is started again in ${state.seconds} s.</p>`;
    case 'failed':
      return `<p>${symbol('bad', 'error')} ${escape(state.problem)}</p>`;
    case 'stopped':
      return `<p>${symbol('wait', 'circle-slash')} The server does not run.</p>`;
  }
}

function folder(report: FolderReport): string {
  const { files, chunks, index, watcher } = report;
  const good = report.phase === 'ready' || report.phase === 'following';
  const level = report.phase === 'failed' ? 'bad' : good && report.errors.length === 0 ? 'good' : 'wait';
  const icon = {
    bad: 'error',
    good: 'pass',
    wait: report.phase === 'paused' ? 'debug-pause' : good ? 'warning' : 'sync',
  }[level];
  const working = report.phase === 'indexing' && report.total > 0;
  const bar = working
    ? `<progress max="100" value="${percent(report)}" aria-label="Indexed">${percent(report)}%</progress>
       <p>${report.done.toLocaleString('en-US')} of ${count(report.total, 'file')}, ${Math.round(report.files_per_second)} a second${report.slow_file ? `; <code>${escape(report.slow_file)}</code> takes unusually long` : ''}</p>`
    : '';
  const rows: [string, string][] = [
    [
      'Files',
      `${count(files.indexed, 'file')} indexed${files.seen > 0 ? ` of ${files.seen.toLocaleString('en-US')} seen` : ''}, ${report.open_files} open in the editor`,
    ],
    [
      'Pieces',
      `${chunks.total.toLocaleString('en-US')}${chunks.pending > 0 ? `, ${chunks.pending.toLocaleString('en-US')} wait for a vector` : ', all with a vector'}`,
    ],
    ['Vectors by', escape(report.embedder) + embedding(report)],
    [
      'On disk',
      `${size(index.bytes) || 'nothing yet'}${typeof index.age_s !== 'number' ? '' : `, changed ${ago(index.age_s)}`}`,
    ],
    [
      'Changes',
      escape(
        {
          native: `the system tells of them (${count(watcher.folders, 'folder')})`,
          client: 'the editor tells of them',
          polling: 'looked for from time to time',
          none: 'not watched yet',
        }[watcher.mode] + (watcher.reason ? `: ${watcher.reason}` : ''),
      ),
    ],
    [
      'Languages',
      escape(
        Object.entries(report.languages)
          .sort((a, b) => b[1] - a[1])
          .map(([language, files]) => `${language} ${files}`)
          .join(', ') || 'none yet',
      ),
    ],
  ];
  const skipped = Object.entries(files.skipped).sort((a, b) => b[1] - a[1]);
  return `<section aria-label="${escape(report.workspace)}">
<h2>${escape(report.workspace)}</h2>
<p>${symbol(level, icon)} ${escape(capital(phase(report)))}.</p>
${bar}
<dl class="facts">${rows.map(([name, value]) => `<dt>${name}</dt><dd>${value}</dd>`).join('')}</dl>
${
  skipped.length > 0
    ? `<h3>Left out</h3>${table(
        ['Why', 'Files'],
        skipped.map(([reason, files]) => [escape(reason), String(files)]),
      )}<p>“Why is this file (not) indexed?” in the menu of the explorer says it for one.</p>`
    : ''
}
${report.errors.length > 0 ? `<h3>What is wrong</h3><ul class="problems">${report.errors.map((error) => `<li>${escape(error)}</li>`).join('')}</ul>` : ''}
${buttons([report.phase === 'paused' ? ['codecompass.resume', 'Go on indexing'] : ['codecompass.pause', 'Pause indexing'], ['codecompass.reindex', 'Index anew']], report.workspace)}
</section>`;
}

/** How far the vectors of a host's model are, where one is configured. */
function embedding({ embedding }: FolderReport): string {
  if (!embedding || embedding.phase === 'off') return '';
  const { phase, done, total, note } = embedding;
  const counts = `${done.toLocaleString('en-US')} of ${total.toLocaleString('en-US')}`;
  return `: ${escape(phase === 'ready' ? 'all there' : `${phase}, ${counts}`)}${note ? `; ${escape(note)}` : ''}`;
}

function hosts(reports: HostReport[], content: PageContent): string {
  const rows = reports.map((host) => {
    const state = hostState(host);
    const shown = {
      good: symbol('good', 'pass'),
      bad: symbol('bad', 'debug-disconnect'),
      unknown: symbol('wait', 'circle-outline'),
    }[state];
    return [
      `${shown} ${escape(host.name)}`,
      escape(host.url ?? ''),
      escape((host.serves ?? host.roles ?? []).join(', ')),
      escape(state === 'bad' ? hostProblem(host) : (host.version ?? host.state ?? '')),
    ];
  });
  const models = content.models.map((model) => [
    escape(model.name),
    escape(model.host),
    escape(facts(model)),
    `<button type="button" class="icon" data-command="codecompass.models.delete" data-argument="${escape(JSON.stringify({ name: model.name, host: model.host, size: model.size ?? null }))}" title="Delete" aria-label="Delete ${escape(model.name)}"><span class="codicon codicon-trash" aria-hidden="true"></span></button>`,
  ]);
  return `<section aria-label="Models">
<h2>Models</h2>
${rows.length > 0 ? table(['Host', 'Address', 'Used for', 'State'], rows) : ''}
${models.length > 0 ? `<h3>Installed</h3>${table(['Model', 'Host', 'About', ''], models)}` : ''}
${content.modelsProblem ? `<p>${symbol('wait', 'info')} ${escape(capital(content.modelsProblem))}.</p><p>Search works without a model; questions and explanations want one.</p>` : ''}
${buttons([
  ['codecompass.hosts.connect', 'Connect a model host'],
  ['codecompass.models.pull', 'Fetch a model'],
  ['codecompass.hosts.test', 'Test the hosts'],
])}
</section>`;
}

function checks(all: Check[]): string {
  const rows = all.map((check) => [
    `${check.ok ? symbol('good', 'pass') : symbol('bad', 'warning')} ${escape(check.name)}`,
    escape(check.message),
  ]);
  return `<section aria-label="Doctor"><h2>What was looked at</h2>${table(['What', 'Found'], rows)}</section>`;
}

function table(head: string[], rows: string[][]): string {
  return `<div class="scroll"><table><thead><tr>${head.map((name) => `<th scope="col">${name || '<span class="hidden-text">Action</span>'}</th>`).join('')}</tr></thead><tbody>${rows.map((row) => `<tr>${row.map((cell) => `<td${/^\d+$/.test(cell) ? ' class="number"' : ''}>${cell}</td>`).join('')}</tr>`).join('')}</tbody></table></div>`;
}

function symbol(level: 'good' | 'bad' | 'wait', icon: string): string {
  const words = { good: 'good', bad: 'bad', wait: 'look here' }[level];
  return `<span class="state ${level}"><span class="codicon codicon-${icon}" role="img" aria-label="${words}"></span></span>`;
}

function buttons(all: [string, string][], argument?: string): string {
  const data = argument === undefined ? '' : ` data-argument="${escape(JSON.stringify({ path: argument }))}"`;
  return `<div class="buttons">${all.map(([command, title]) => `<button type="button" class="button secondary" data-command="${command}"${data}>${escape(title)}</button>`).join('')}</div>`;
}

function note(text: string): string {
  return `<p>${symbol('wait', 'shield')} ${escape(text)}</p>`;
}

function capital(text: string): string {
  // An address is not the begin of a sentence.
  return /^\w+:\/\//.test(text) ? text : text.charAt(0).toUpperCase() + text.slice(1);
}
