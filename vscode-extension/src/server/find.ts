// Where the server is: the setting, beside the extension, on the PATH. Knows nothing of VS Code.
import * as path from 'node:path';

/** What is known of the machine. */
export interface Surroundings {
  /** The setting `codecompass.server.path`; empty when it is not set. */
  setting: string;
  /** The extension's folder. */
  extension: string;
  /** The variable `PATH`. */
  searchPath: string;
  /** The user's own folder, for `~` in the setting. */
  home: string;
  platform: NodeJS.Platform;
  /** Whether a file is there. */
  exists: (file: string) => boolean;
}

/** A program, and who named it. */
export interface Found {
  path: string;
  from: 'setting' | 'bundled' | 'path';
}

/** Why there is none, in a sentence for the user. */
export interface Missing {
  problem: string;
}

/** The program of that platform. */
export function programName(platform: NodeJS.Platform): string {
  return platform === 'win32' ? 'codecompass.exe' : 'codecompass';
}

/** The first server there is. A setting that names a missing file is an error: nobody wants another one then. */
export function findServer(around: Surroundings): Found | Missing {
  const paths = around.platform === 'win32' ? path.win32 : path.posix;
  const name = programName(around.platform);
  const setting = around.setting.trim();
  if (setting) {
    const file = setting.startsWith('~/') ? paths.join(around.home, setting.slice(2)) : setting;
    if (!paths.isAbsolute(file)) {
      return { problem: `codecompass.server.path is "${setting}", but must be an absolute path` };
    }
    return around.exists(file)
      ? { path: file, from: 'setting' }
      : { problem: `codecompass.server.path names ${file}, but there is no such file` };
  }
  const bundled = paths.join(around.extension, 'server', name);
  if (around.exists(bundled)) return { path: bundled, from: 'bundled' };
  for (const folder of around.searchPath.split(paths.delimiter)) {
    // A relative folder would mean whatever is opened.
    if (!folder || !paths.isAbsolute(folder)) continue;
    const file = paths.join(folder, name);
    if (around.exists(file)) return { path: file, from: 'path' };
  }
  return {
    problem:
      'the program codecompass is not there: this package has none for this platform, and there is none on the PATH',
  };
}

/** What `codecompass --version` prints, boiled down to the version. */
export function readVersion(output: string): string | undefined {
  return /^codecompass (\d+\.\d+\.\d+\S*)/m.exec(output)?.[1];
}

/** Whether a server of that version speaks as this extension does: before 1.0 the second number has to agree as well. */
export function isCompatible(extension: string, server: string): boolean {
  const [a, b] = [extension, server].map((version) => version.split('.').map((part) => parseInt(part, 10)));
  if (!a || !b || a[0] !== b[0]) return false;
  return a[0] !== 0 || a[1] === b[1];
}

/** Why the program could not be run, in a sentence with what to do. */
export function cannotRun(file: string, error: { code?: string | number | null; message: string }): string {
  switch (error.code) {
    case 'ENOENT':
      return `${file} cannot be run: it is not there, or something that it needs is not`;
    case 'EACCES':
    case 'EPERM':
      return `${file} may not be run: give this user the right to (chmod +x)`;
    case 'ENOEXEC':
    case 'UNKNOWN':
    case -8:
      return `${file} is no program for this machine (${process.platform} ${process.arch}): install the package for it`;
    default:
      return `${file} cannot be run: ${error.message.split('\n')[0]}`;
  }
}
