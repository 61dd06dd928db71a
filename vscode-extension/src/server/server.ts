// The one server of this window: found, checked, started, started again when it ends by itself, and ended with the window.
import { spawn, execFile, type ChildProcess } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as vscode from 'vscode';
import type { CancellationToken } from 'vscode-languageclient/node';

import { chosen, type Inspected } from '../config';
import { Offers } from '../explain/offers';
import { METHODS, type Delta, type Report } from '../lsp_ext';
import { hostName, merged, serverEnvironment, type HostSetting } from './environment';
import { cannotRun, findServer, isCompatible, readVersion } from './find';
import type { CompassClient } from './client';
import { Restarts } from './restarts';

/** How the server is. */
export type ServerState =
  | { is: 'starting' }
  | { is: 'running'; version: string; path: string }
  | { is: 'waiting'; seconds: number }
  | { is: 'failed'; problem: string }
  | { is: 'stopped' };

const SECRET = 'codecompass.secret.';
const ASKING_VERSION_MS = 10_000;
const STOPPING_MS = 3_000;
/** What may be asked twice. */
const HARMLESS = new Set<string>([METHODS.search, METHODS.status, METHODS.complete]);

/** Owns the process and the client. All starts and stops come one after the other. */
export class Server implements vscode.Disposable {
  private client: CompassClient | undefined;
  private process: ChildProcess | undefined;
  private current: ServerState = { is: 'stopped' };
  private queue: Promise<void> = Promise.resolve();
  private timer: NodeJS.Timeout | undefined;
  /** Comes when the process that was started last is gone. */
  private ending: Promise<void> = Promise.resolve();
  private readonly restarts = new Restarts();
  private readonly offers = new Offers();
  private readonly stateChanged = new vscode.EventEmitter<ServerState>();
  private readonly reported = new vscode.EventEmitter<Report>();
  private readonly deltas = new vscode.EventEmitter<Delta>();
  private lastReport: Report | undefined;
  private told = '';

  readonly onState = this.stateChanged.event;
  readonly onReport = this.reported.event;
  readonly onDelta = this.deltas.event;

  constructor(
    private readonly context: vscode.ExtensionContext,
    readonly log: vscode.LogOutputChannel,
  ) {}

  get state(): ServerState {
    return this.current;
  }

  get report(): Report | undefined {
    return this.lastReport;
  }

  get running(): boolean {
    return this.current.is === 'running';
  }

  /** Starts it, unless it runs. */
  start(): Promise<void> {
    return this.inTurn(async () => {
      if (!this.running) await this.startNow();
    });
  }

  /** Ends it and starts it anew: another path, host or token, or the user says so. */
  restart(): Promise<void> {
    this.restarts.forget();
    return this.inTurn(async () => {
      await this.stopNow();
      await this.startNow();
    });
  }

  stop(): Promise<void> {
    return this.inTurn(() => this.stopNow());
  }

  /** Asks for something of ours. The error is a sentence for the user. */
  async request<T>(method: string, params: unknown, token?: CancellationToken): Promise<T> {
    const client = await this.ready();
    const ask = (whom: CompassClient): Promise<T> =>
      token ? whom.sendRequest<T>(method, params, token) : whom.sendRequest<T>(method, params);
    try {
      return await ask(client);
    } catch (error) {
      // The server ended while it was asked. What changes nothing is asked again, of the one that comes after it.
      if (!HARMLESS.has(method) || !isLost(error) || token?.isCancellationRequested) throw error;
      await Promise.race([this.ending, wait(STOPPING_MS)]);
      const next = await this.ready();
      if (next === client) throw error;
      return ask(next);
    }
  }

  /** Runs a command of the server. */
  execute<T>(command: string, argument?: object, token?: CancellationToken): Promise<T> {
    const params = { command, arguments: argument === undefined ? [] : [argument] };
    return this.request<T>('workspace/executeCommand', params, token);
  }

  /** The program and environment for a command line of the same server. */
  async commandLine(): Promise<{ path: string; env: NodeJS.ProcessEnv }> {
    const found = this.find();
    if ('problem' in found) throw new Error(found.problem);
    return { path: found.path, env: await this.environment() };
  }

  /** Keeps the token or password of a host, or forgets it. */
  async keepSecret(host: string, secret: string | undefined): Promise<void> {
    if (secret) await this.context.secrets.store(SECRET + host, secret);
    else await this.context.secrets.delete(SECRET + host);
  }

  async hasSecret(host: string): Promise<boolean> {
    return Boolean(await this.context.secrets.get(SECRET + host));
  }

  /** The environment of the server, with other hosts than those of the settings where some are given. */
  async environment(hosts?: HostSetting[], secrets?: Record<string, string>): Promise<NodeJS.ProcessEnv> {
    const trusted = vscode.workspace.isTrusted;
    const get = <T>(name: string): T | undefined => chosen(name, this.inspect(name), trusted) as T | undefined;
    const named = get<HostSetting[]>('ollama.hosts');
    const variables = await serverEnvironment(
      {
        hosts: hosts ?? (Array.isArray(named) && named.some((host) => hostName(host)) ? named : undefined),
        auditLog: get('privacy.audit_log'),
        allowCloudModels: get('privacy.allow_cloud_models'),
        redactSecrets: get('privacy.redact_secrets'),
        trusted,
      },
      async (host) => secrets?.[host] ?? (await this.context.secrets.get(SECRET + host)),
    );
    return merged(process.env, variables);
  }

  /** What VS Code knows of one of our settings. */
  inspect(name: string): Inspected | undefined {
    return vscode.workspace.getConfiguration('codecompass').inspect(name);
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.process?.kill();
    this.offers.dispose();
    this.stateChanged.dispose();
    this.reported.dispose();
    this.deltas.dispose();
  }

  private async ready(): Promise<CompassClient> {
    // It may be on its way back.
    if (this.current.is === 'waiting') await this.start();
    else if (this.current.is === 'starting' || this.current.is === 'stopped') await this.queue;
    if (this.client && this.running) return this.client;
    if (this.current.is === 'failed') throw new Error(this.current.problem);
    throw new Error(vscode.l10n.t('The CodeCompass server is not running'));
  }

  private inTurn(step: () => Promise<void>): Promise<void> {
    const next = this.queue.then(step).catch((error: unknown) => {
      this.log.error(error instanceof Error ? error : String(error));
    });
    this.queue = next;
    return next;
  }

  private find(): ReturnType<typeof findServer> {
    const setting = vscode.workspace.getConfiguration('codecompass').get<string>('server.path', '');
    return findServer({
      setting,
      extension: this.context.extensionPath,
      searchPath: process.env.PATH ?? process.env.Path ?? '',
      home: os.homedir(),
      platform: process.platform,
      exists: (file) => fs.existsSync(file) && fs.statSync(file).isFile(),
    });
  }

  private async startNow(): Promise<void> {
    clearTimeout(this.timer);
    this.change({ is: 'starting' });
    const found = this.find();
    if ('problem' in found) return this.fail(found.problem);
    this.log.info(`server: ${found.path} (${found.from})`);
    const version = await askVersion(found.path);
    if ('problem' in version) return this.fail(version.problem);
    const own = (this.context.extension.packageJSON as { version: string }).version;
    if (!isCompatible(own, version.version)) {
      return this.fail(
        vscode.l10n.t(
          'the server {0} has version {1}, but this extension ({2}) needs {3}: install the package of your platform, or another server',
          found.path,
          version.version,
          own,
          own.split('.').slice(0, 2).join('.') + '.x',
        ),
      );
    }
    // The client is most of our code, and nobody needs it to draw the window.
    const { makeClient } = await import('./client.js');
    const child = spawn(found.path, ['lsp'], {
      env: await this.environment(),
      stdio: ['pipe', 'pipe', 'pipe'],
      windowsHide: true,
    });
    const began = Date.now();
    const spawned = new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    try {
      await spawned;
    } catch (error) {
      return this.fail(cannotRun(found.path, error as NodeJS.ErrnoException));
    }
    this.process = child;
    const client = makeClient({
      process: child,
      log: this.log,
      inspect: (name) => this.inspect(name),
      trusted: () => vscode.workspace.isTrusted,
      offers: this.offers,
    });
    this.client = client;
    client.onNotification(METHODS.status, (report: Report) => {
      this.lastReport = report;
      this.reported.fire(report);
    });
    client.onNotification(METHODS.chatDelta, (delta: Delta) => this.deltas.fire(delta));
    const ended = new Promise<void>((resolve) => {
      child.once('exit', (code, signal) => {
        this.ended(child, code, signal, Date.now() - began);
        resolve();
      });
    });
    this.ending = ended;
    try {
      await Promise.race([client.start(), ended.then(() => Promise.reject(new Error('the server ended')))]);
      if (this.process !== child) return;
      this.change({ is: 'running', version: version.version, path: found.path });
      void client.sendRequest<Report>(METHODS.status, {}).then(
        (report) => {
          this.lastReport = report;
          this.reported.fire(report);
        },
        () => undefined,
      );
    } catch (error) {
      if (this.process === child) {
        child.kill();
        this.fail(vscode.l10n.t('the server did not start: {0}', (error as Error).message));
      }
    }
  }

  private async stopNow(): Promise<void> {
    clearTimeout(this.timer);
    const { client, process: child } = this;
    this.client = undefined;
    this.process = undefined;
    this.lastReport = undefined;
    if (client?.isRunning()) {
      await Promise.race([client.dispose(STOPPING_MS).catch(() => undefined), wait(STOPPING_MS)]);
    }
    if (child?.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    if (this.current.is !== 'failed') this.change({ is: 'stopped' });
  }

  private ended(child: ChildProcess, code: number | null, signal: string | null, ranMs: number): void {
    // Stopped on purpose, or long replaced.
    if (this.process !== child) return;
    const client = this.client;
    this.process = undefined;
    this.client = undefined;
    this.lastReport = undefined;
    void client?.dispose(1).catch(() => undefined);
    const how = signal ? `signal ${signal}` : `exit code ${code}`;
    this.log.error(`the server ended by itself (${how}) after ${Math.round(ranMs / 1000)} s`);
    const delay = this.restarts.next(ranMs);
    if (delay === undefined) {
      this.fail(vscode.l10n.t('the server ended again and again ({0}); it is not started by itself any more', how));
      return;
    }
    this.change({ is: 'waiting', seconds: delay / 1000 });
    this.timer = setTimeout(() => void this.start(), delay);
    if (this.restarts.count === 1) {
      void this.offerLog(vscode.l10n.t('The CodeCompass server ended unexpectedly ({0}). It is started again.', how));
    }
  }

  private fail(problem: string): void {
    this.log.error(problem);
    this.change({ is: 'failed', problem });
    if (this.told === problem) return;
    this.told = problem;
    void this.offerFix(problem);
  }

  private async offerLog(message: string): Promise<void> {
    const log = vscode.l10n.t('Show Log');
    if ((await vscode.window.showWarningMessage(message, log)) === log) this.log.show();
  }

  private async offerFix(problem: string): Promise<void> {
    const again = vscode.l10n.t('Try Again');
    const path = vscode.l10n.t('Set Path');
    const log = vscode.l10n.t('Show Log');
    const picked = await vscode.window.showErrorMessage(`CodeCompass: ${problem}`, again, path, log);
    this.told = '';
    if (picked === again) await this.restart();
    else if (picked === path) {
      await vscode.commands.executeCommand('workbench.action.openSettings', 'codecompass.server.path');
    } else if (picked === log) this.log.show();
  }

  private change(state: ServerState): void {
    this.current = state;
    void vscode.commands.executeCommand('setContext', 'codecompass.running', state.is === 'running');
    this.stateChanged.fire(state);
  }
}

/** Whether it was the connection that failed, and not what was asked. */
function isLost(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  // The errors that the connection itself has, as against those of the server.
  return typeof code === 'number' && code >= -32_099 && code <= -32_096;
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function askVersion(file: string): Promise<{ version: string } | { problem: string }> {
  return new Promise((resolve) => {
    try {
      execFile(file, ['--version'], { timeout: ASKING_VERSION_MS, windowsHide: true }, (error, stdout) => {
        const version = readVersion(stdout);
        if (version) resolve({ version });
        else if (error) resolve({ problem: cannotRun(file, error) });
        else resolve({ problem: `${file} is another program: it does not say that it is codecompass` });
      });
    } catch (error) {
      // Some errors of the system come at once.
      resolve({ problem: cannotRun(file, error as NodeJS.ErrnoException) });
    }
  });
}
