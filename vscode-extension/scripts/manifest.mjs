// Writes what package.json says about settings and commands, and their texts into package.nls.json. One table instead of two
// files that drift apart; a test runs it and compares.
import * as fs from 'node:fs';

const machine = 'machine';
const window_ = 'window';

/** name, group, schema, description. Scopes: what a folder may decide is `window`, everything else is the machine's. */
const duration = {
  type: 'string',
  pattern: '^$|^-?(\\d+(\\.\\d+)?(ms|s|m|h))+$',
  patternErrorMessage: 'Numbers with units: 30m, 1h30m, 500ms; -1m: for as long as the host runs.',
};
const think = { type: 'string', enum: ['auto', 'off', 'on', 'low', 'medium', 'high'] };
const context = { type: 'integer', minimum: 0, maximum: 16777216 };
const template = { type: 'string', pattern: '^$|\\{text\\}', patternErrorMessage: 'There must be a {text} in it.' };
const model = { type: 'string', pattern: '^\\S{0,200}$', patternErrorMessage: 'The name of a model has no spaces.' };
const globs = { type: 'array', items: { type: 'string' } };
const size = {
  type: ['string', 'integer'],
  pattern: '^\\s*\\d+(\\.\\d+)?\\s*([KMGT]i?B?)?\\s*$',
  patternErrorMessage: 'A number of bytes, or one with a unit: 1 MiB, 500 KB.',
};

export const groups = {
  general: 'CodeCompass',
  index: 'Index',
  search: 'Search',
  models: 'Model hosts',
  chat: 'Chat',
  explain: 'Explain',
  privacy: 'Privacy',
};

const host = {
  type: 'object',
  required: ['url'],
  additionalProperties: false,
  properties: {
    url: {
      type: 'string',
      description: 'Where it is, in every form that OLLAMA_HOST has, with a path if there is one.',
    },
    name: { type: 'string', description: 'What it is called in messages; by itself, the address.' },
    roles: {
      type: 'array',
      items: { enum: ['chat', 'embed'] },
      uniqueItems: true,
      description: 'What it is used for; by itself, both.',
    },
    token_env: {
      type: 'string',
      description:
        'The environment variable that has the token. A token given to “Connect a Model Host” comes before it.',
    },
    token_file: { type: 'string', description: 'The file whose first line is the token.' },
    token_command: { type: 'string', description: 'The command whose first line is the token.' },
    user: { type: 'string', description: 'For hosts that want a user and a password.' },
    password_env: { type: 'string', description: 'The environment variable that has the password.' },
    password_file: { type: 'string', description: 'The file whose first line is the password.' },
    password_command: { type: 'string', description: 'The command whose first line is the password.' },
    headers: { type: 'object', additionalProperties: { type: 'string' }, description: 'Headers for every request.' },
    ca_file: { type: 'string', description: 'Certificates (PEM) of authorities to trust besides those of the system.' },
    client_cert: { type: 'string', description: 'The certificate (PEM) by which we show who we are.' },
    client_key: { type: 'string', description: 'The key of that certificate (PEM).' },
    insecure: { type: 'boolean', description: "The host's certificate is not checked." },
    proxy: { type: 'string', description: "The way there: none, or a proxy's address." },
  },
};

export const settings = [
  [
    'server.path',
    'general',
    { type: 'string', default: '', scope: 'machine-overridable' },
    'The program `codecompass` to use. Empty: the one of this extension, or the one on the `PATH`.',
  ],
  [
    'statusBar.show',
    'general',
    { type: 'boolean', default: true, scope: window_ },
    'Show what CodeCompass does in the status bar.',
  ],
  [
    'languageModels.enabled',
    'general',
    { type: 'boolean', default: true, scope: machine },
    'Offer the models of your hosts in the chat of the editor as well. `@compass` needs at least one model there. Takes effect when the window is loaded the next time.',
  ],
  [
    'editor.hover',
    'general',
    { type: 'boolean', default: true, scope: window_ },
    'Facts from the index when the pointer rests on a name. No model is asked.',
  ],
  [
    'editor.code_lens',
    'general',
    { type: 'boolean', default: false, scope: window_ },
    'A line above each definition that says how often it is referred to, and explains it.',
  ],
  [
    'log.level',
    'general',
    { type: 'string', enum: ['off', 'error', 'warn', 'info', 'debug', 'trace'], default: 'warn', scope: machine },
    'The least important messages that the server still writes into the log.',
  ],
  [
    'index.include',
    'index',
    { ...globs, default: [], scope: window_ },
    'Files to index although an ignore rule leaves them out.',
  ],
  [
    'index.exclude',
    'index',
    { ...globs, default: [], scope: window_ },
    'Files to leave out, on top of the ignore rules.',
  ],
  [
    'index.max_file_bytes',
    'index',
    { ...size, default: '1 MiB', scope: window_ },
    'Larger files are left out: a number of bytes, or one with a unit.',
  ],
  [
    'index.threads',
    'index',
    { type: 'integer', minimum: 0, maximum: 1024, default: 0, scope: machine },
    'Threads used for indexing; 0 means one for each core.',
  ],
  [
    'index.disk_budget',
    'index',
    { ...size, default: '10 GiB', scope: machine },
    'What all indexes may take together; beyond it the least used are deleted.',
  ],
  [
    'index.watcher',
    'index',
    { type: 'string', enum: ['auto', 'native', 'polling'], default: 'auto', scope: machine },
    'How changes on disk are noticed: by the system, by looking from time to time, or as fits.',
  ],
  [
    'search.preview',
    'search',
    { type: 'boolean', default: true, scope: window_ },
    'Show the code of a hit in the editor while you move through the list.',
  ],
  [
    'search.limit',
    'search',
    { type: 'integer', minimum: 1, maximum: 200, default: 30, scope: window_ },
    'How many hits are listed at the most.',
  ],
  [
    'embedding.provider',
    'search',
    { type: 'string', enum: ['builtin', 'ollama'], default: 'builtin', scope: machine },
    'Who turns text into vectors: the model inside the server, or a model on the hosts with the role `embed`.',
  ],
  [
    'embedding.model',
    'search',
    { ...model, default: '', scope: machine },
    'The model that makes vectors when the provider is `ollama`. Empty: the best known one that the hosts have.',
  ],
  [
    'embedding.query_template',
    'search',
    { ...template, default: '', scope: machine },
    "What is sent for a question, with `{text}` in its place. Empty: as the model's family wants it.",
  ],
  [
    'embedding.document_template',
    'search',
    { ...template, default: '', scope: machine },
    "What is sent for a piece of code, with `{text}` in its place. Empty: as the model's family wants it.",
  ],
  [
    'embedding.keep_alive',
    'search',
    { ...duration, default: '30m', scope: machine },
    'How long a host keeps the model for vectors loaded after its last use.',
  ],
  [
    'ollama.hosts',
    'models',
    { type: 'array', items: { anyOf: [{ type: 'string' }, host] }, default: [], scope: machine },
    'Where language models run, the preferred host first: addresses, or groups that say more. Empty: the Ollama on this machine. [Connect a model host](command:codecompass.hosts.connect) does it for you and keeps tokens in the secret storage.',
  ],
  [
    'chat.model',
    'chat',
    { ...model, default: '', scope: machine },
    'The model that answers questions. Empty: the best known one that the hosts have.',
  ],
  [
    'chat.num_ctx',
    'chat',
    { ...context, default: 0, scope: machine },
    'Tokens that the model reads at once; 0: what the host gives it, but at most 32768.',
  ],
  [
    'chat.num_predict',
    'chat',
    { type: 'integer', minimum: 0, maximum: 1048576, default: 0, scope: machine },
    'The longest answer, in tokens; 0: up to a quarter of the context.',
  ],
  [
    'chat.temperature',
    'chat',
    { type: 'number', minimum: 0, maximum: 2, default: 0.2, scope: machine },
    'How freely the model words an answer: from 0, always the likeliest, to 2.',
  ],
  [
    'chat.think',
    'chat',
    { ...think, default: 'auto', scope: machine },
    'Whether a model that can reasons before an answer; `auto` leaves it to the model.',
  ],
  [
    'chat.keep_alive',
    'chat',
    { ...duration, default: '30m', scope: machine },
    'How long a host keeps the model loaded after an answer.',
  ],
  [
    'chat.rewrite_model',
    'chat',
    { ...model, default: '', scope: machine },
    'The model that first makes a question which leans on earlier ones stand alone, for the search. Empty: none, which is quicker and does well by rules.',
  ],
  [
    'explain.show',
    'explain',
    {
      type: 'string',
      enum: ['chat', 'beside'],
      enumDescriptions: ['In the chat view, where you can ask on', 'In a preview beside the code'],
      default: 'chat',
      scope: window_,
    },
    'Where an explanation is shown.',
  ],
  [
    'explain.model',
    'explain',
    { ...model, default: '', scope: machine },
    'The model that explains code. Empty: that of `#codecompass.chat.model#`.',
  ],
  [
    'explain.num_ctx',
    'explain',
    { ...context, default: 0, scope: machine },
    'Tokens that the model reads at once; 0: what the host gives it, but at most 32768. The larger one of chat and explain counts.',
  ],
  [
    'explain.num_predict',
    'explain',
    { type: 'integer', minimum: 0, maximum: 1048576, default: 0, scope: machine },
    'The longest explanation, in tokens; 0: up to a quarter of the context.',
  ],
  [
    'explain.temperature',
    'explain',
    { type: 'number', minimum: 0, maximum: 2, default: 0.2, scope: machine },
    'How freely the model words an explanation: from 0, always the likeliest, to 2.',
  ],
  [
    'explain.think',
    'explain',
    { ...think, default: 'off', scope: machine },
    'Whether a model that can reasons before an explanation, which takes longer.',
  ],
  [
    'explain.keep_alive',
    'explain',
    { ...duration, default: '30m', scope: machine },
    'How long a host keeps the model loaded after an explanation.',
  ],
  [
    'explain.brief_model',
    'explain',
    { ...model, default: '', scope: machine },
    'The model that explains in a sentence or two, for hovers. Empty: that of `explain.model`.',
  ],
  [
    'privacy.offline',
    'privacy',
    { type: 'boolean', default: false, scope: machine },
    'No network at all, except to hosts on this machine.',
  ],
  [
    'privacy.allow_cloud_models',
    'privacy',
    { type: 'boolean', default: false, scope: machine },
    "Models may be used that a host only passes on to Ollama's cloud.",
  ],
  [
    'privacy.redact_secrets',
    'privacy',
    { type: 'boolean', default: true, scope: machine },
    'Keys, tokens and passwords in code are taken out of what is sent to another machine.',
  ],
  [
    'privacy.audit_log',
    'privacy',
    { type: 'string', default: '', scope: machine },
    'A file to which a line is added for each request to a host: when, where, which model and files, how much, never what. An absolute path.',
  ],
];

/** id, title, icon, enablement. */
export const commands = [
  ['search', 'Search by Meaning', 'search'],
  ['similar', 'Find Similar Code', 'git-compare'],
  ['explain', 'Explain', 'lightbulb', 'isWorkspaceTrusted'],
  ['ask', 'Ask About This', 'comment', 'isWorkspaceTrusted'],
  ['chat.open', 'Open Chat', 'comment-discussion'],
  ['chat.new', 'New Conversation', 'add'],
  ['chat.history', 'Conversations', 'history'],
  ['status', 'Status Page', 'pulse'],
  ['doctor', 'What Is Wrong? (Doctor)', 'checklist'],
  ['why', 'Why Is This File (Not) Indexed?', 'question'],
  ['reindex', 'Index Anew', 'refresh'],
  ['pause', 'Pause Indexing', 'debug-pause'],
  ['resume', 'Go on Indexing', 'debug-start'],
  ['models.list', 'Models', 'chip', 'isWorkspaceTrusted'],
  ['models.pull', 'Fetch a Model', 'cloud-download', 'isWorkspaceTrusted'],
  ['models.delete', 'Delete a Model', 'trash', 'isWorkspaceTrusted'],
  ['models.select', 'Choose the Model for the Chat', 'chip', 'isWorkspaceTrusted'],
  ['hosts.connect', 'Connect a Model Host', 'plug', 'isWorkspaceTrusted'],
  ['hosts.test', 'Test the Model Hosts', 'debug-disconnect', 'isWorkspaceTrusted'],
  ['results.refresh', 'Search Again', 'refresh', 'codecompass.hasResults'],
  ['results.clear', 'Clear the Results', 'clear-all', 'codecompass.hasResults'],
  ['menu', 'Show Menu', 'menu'],
  ['restart', 'Restart the Server', 'debug-restart'],
  ['showLog', 'Show Log', 'output'],
  ['settings', 'Settings', 'gear'],
];

/** Puts settings and commands into a manifest; gives it with its texts. */
export function generate(manifest) {
  const texts = {};
  manifest.contributes.configuration = Object.entries(groups).map(([group, title], order) => ({
    title,
    order,
    properties: Object.fromEntries(
      settings
        .filter(([, of]) => of === group)
        .map(([name, , schema, text], place) => {
          texts[`setting.${name}`] = text;
          return [`codecompass.${name}`, { ...schema, order: place, markdownDescription: `%setting.${name}%` }];
        }),
    ),
  }));
  manifest.contributes.commands = commands.map(([id, title, icon, enablement]) => {
    texts[`command.${id}`] = title;
    return {
      command: `codecompass.${id}`,
      title: `%command.${id}%`,
      category: 'CodeCompass',
      icon: `$(${icon})`,
      ...(enablement ? { enablement } : {}),
    };
  });
  manifest.capabilities.untrustedWorkspaces.restrictedConfigurations = [
    'codecompass.server.path',
    ...settings.filter(([, , schema]) => schema.scope === window_).map(([name]) => `codecompass.${name}`),
  ];
  return { manifest, texts };
}

if (process.argv[1]?.endsWith('manifest.mjs')) {
  const manifest = JSON.parse(fs.readFileSync('package.json', 'utf8'));
  const known = JSON.parse(fs.readFileSync('package.nls.json', 'utf8'));
  const { texts } = generate(manifest);
  const rest = Object.fromEntries(Object.entries(known).filter(([name]) => !/^(setting|command)\./.test(name)));
  fs.writeFileSync('package.json', `${JSON.stringify(manifest, undefined, 2)}\n`);
  fs.writeFileSync('package.nls.json', `${JSON.stringify({ ...rest, ...texts }, undefined, 2)}\n`);
}
