// Finding, checking and starting the server again, without VS Code and without a server.
import { describe, expect, it } from 'vitest';

import { chosen, serverOptions, type Inspected } from '../src/config';
import { hostName, merged, serverEnvironment } from '../src/server/environment';
import { cannotRun, findServer, isCompatible, readVersion, type Surroundings } from '../src/server/find';
import { Restarts } from '../src/server/restarts';

function around(files: string[], changes: Partial<Surroundings> = {}): Surroundings {
  return {
    setting: '',
    extension: '/ext',
    searchPath: '/usr/bin:relative:/home/ada/bin',
    home: '/home/ada',
    platform: 'linux',
    exists: (file) => files.includes(file),
    ...changes,
  };
}

describe('which server is used', () => {
  it('is the one of the setting, before all others', () => {
    const files = ['/opt/cc', '/ext/server/codecompass', '/usr/bin/codecompass'];
    expect(findServer(around(files, { setting: '/opt/cc' }))).toEqual({ path: '/opt/cc', from: 'setting' });
    expect(findServer(around(['/home/ada/cc'], { setting: '~/cc' }))).toEqual({
      path: '/home/ada/cc',
      from: 'setting',
    });
  });

  it('is the one in the package, then the one on the PATH', () => {
    const files = ['/ext/server/codecompass', '/usr/bin/codecompass'];
    expect(findServer(around(files))).toEqual({ path: '/ext/server/codecompass', from: 'bundled' });
    expect(findServer(around(['/home/ada/bin/codecompass']))).toEqual({
      path: '/home/ada/bin/codecompass',
      from: 'path',
    });
  });

  it('is never one below the folder that is open', () => {
    expect(findServer(around(['relative/codecompass']))).toHaveProperty('problem');
    expect(findServer(around(['cc'], { setting: 'cc' }))).toEqual({
      problem: 'codecompass.server.path is "cc", but must be an absolute path',
    });
  });

  it('is no other one when the setting is wrong', () => {
    const found = findServer(around(['/ext/server/codecompass'], { setting: '/gone' }));
    expect(found).toEqual({ problem: 'codecompass.server.path names /gone, but there is no such file' });
  });

  it('has another name on Windows', () => {
    const windows = around(['C:\\ext\\server\\codecompass.exe'], {
      platform: 'win32',
      extension: 'C:\\ext',
      searchPath: 'C:\\bin',
    });
    expect(findServer(windows)).toEqual({ path: 'C:\\ext\\server\\codecompass.exe', from: 'bundled' });
  });
});

describe('the version of a server', () => {
  it('is read from what it prints', () => {
    expect(readVersion('codecompass 0.1.0\n')).toBe('0.1.0');
    expect(readVersion('codecompass 1.2.3-rc.1\n')).toBe('1.2.3-rc.1');
    expect(readVersion('ripgrep 14.0.0\n')).toBeUndefined();
  });

  it('fits when the numbers that may change the protocol agree', () => {
    expect(isCompatible('0.1.0', '0.1.7')).toBe(true);
    expect(isCompatible('0.1.0', '0.2.0')).toBe(false);
    expect(isCompatible('1.0.0', '1.4.0')).toBe(true);
    expect(isCompatible('1.0.0', '2.0.0')).toBe(false);
    expect(isCompatible('0.1.0', 'nonsense')).toBe(false);
  });

  it('cannot be asked of a program for another machine, and it is said what to do', () => {
    expect(cannotRun('/x', { code: 'EACCES', message: '' })).toContain('chmod +x');
    expect(cannotRun('/x', { code: 'ENOEXEC', message: '' })).toContain('no program for this machine');
    expect(cannotRun('/x', { code: 1, message: 'it broke\nstack' })).toBe('/x cannot be run: it broke');
  });
});

describe('a server that ends by itself', () => {
  it('is started again, later each time, and in the end not at all', () => {
    const restarts = new Restarts();
    const delays = Array.from({ length: 8 }, () => restarts.next(1_000));
    expect(delays).toEqual([500, 1000, 2000, 4000, 8000, 16000, undefined, undefined]);
  });

  it('is started at once again after it was well for a while, or when the user says so', () => {
    const restarts = new Restarts();
    for (let i = 0; i < 5; i += 1) restarts.next(1_000);
    expect(restarts.next(200_000)).toBe(500);
    for (let i = 0; i < 9; i += 1) restarts.next(1_000);
    restarts.forget();
    expect(restarts.next(1_000)).toBe(500);
  });
});

describe('the environment of the server', () => {
  const secrets = (known: Record<string, string>) => (host: string) => Promise.resolve(known[host]);

  it('says nothing that nobody chose', async () => {
    expect(await serverEnvironment({ trusted: true }, secrets({}))).toEqual({});
  });

  it('has hosts with their tokens, each token in a variable of its own', async () => {
    const hosts = [
      'http://127.0.0.1:11434',
      { name: 'gpu', url: 'https://gpu.example/ollama' },
      { url: 'https://b', user: 'ada' },
    ];
    const variables = await serverEnvironment(
      { hosts, trusted: true },
      secrets({ gpu: 'hush', 'https://b': 'secret' }),
    );
    expect(variables.COMPASS_HOST_SECRET_2).toBe('hush');
    expect(variables.COMPASS_HOST_SECRET_3).toBe('secret');
    expect(variables.CODECOMPASS_OLLAMA_HOSTS).not.toMatch(/hush|secret"/);
    expect(JSON.parse(variables.CODECOMPASS_OLLAMA_HOSTS ?? '')).toEqual([
      'http://127.0.0.1:11434',
      { name: 'gpu', url: 'https://gpu.example/ollama', token_env: 'COMPASS_HOST_SECRET_2' },
      { url: 'https://b', user: 'ada', password_env: 'COMPASS_HOST_SECRET_3' },
    ]);
  });

  it('has what loosens privacy, which no folder may say', async () => {
    const choices = { auditLog: '/tmp/a', allowCloudModels: true, redactSecrets: false, trusted: true };
    expect(await serverEnvironment(choices, secrets({}))).toEqual({
      CODECOMPASS_PRIVACY_AUDIT_LOG: '/tmp/a',
      CODECOMPASS_PRIVACY_ALLOW_CLOUD_MODELS: 'true',
      CODECOMPASS_PRIVACY_REDACT_SECRETS: 'false',
    });
  });

  it('has the file of a folder ignored that is not trusted', async () => {
    expect(await serverEnvironment({ trusted: false }, secrets({}))).toEqual({ CODECOMPASS_PROJECT_FILE: 'ignore' });
  });

  it('wins over what the user has in theirs', () => {
    expect(merged({ A: '1', B: '2' }, { B: '3' })).toEqual({ A: '1', B: '3' });
  });

  it('names hosts as people do', () => {
    expect([
      hostName(' box '),
      hostName({ url: 'http://a' }),
      hostName({ name: 'gpu', url: 'x' }),
      hostName({}),
    ]).toEqual(['box', 'http://a', 'gpu', '']);
  });
});

describe('the settings that are sent', () => {
  const all: Record<string, Inspected> = {
    'index.exclude': { globalValue: ['a'], workspaceValue: ['b'], workspaceFolderValue: ['c'] },
    'chat.model': { globalValue: 'mine', workspaceValue: 'theirs' },
    'privacy.redact_secrets': { workspaceValue: false },
    'editor.hover': {},
  };
  const inspect = (name: string): Inspected | undefined => all[name];

  it('are those that somebody chose, and not the defaults', () => {
    expect(serverOptions(inspect, true)).toEqual({ codecompass: { 'index.exclude': ['c'], 'chat.model': 'mine' } });
    expect(serverOptions(() => ({}), true)).toEqual({ codecompass: {} });
  });

  it('are not those of a folder that is not trusted', () => {
    expect(serverOptions(inspect, false)).toEqual({ codecompass: { 'index.exclude': ['a'], 'chat.model': 'mine' } });
  });

  it('never come from a folder when they say what is sent where', () => {
    expect(chosen('ollama.hosts', { workspaceValue: ['http://evil'] }, true)).toBeUndefined();
    expect(chosen('privacy.redact_secrets', { workspaceValue: false }, true)).toBeUndefined();
  });
});
