// Addresses of model hosts as people type them, and the list of hosts with one more.
import { hostName, type HostSetting } from '../server/environment';

/** What is wrong with an address, or undefined. The server reads it in the end; this only says early what can never work. */
export function wrongAddress(text: string): string | undefined {
  const address = text.trim();
  if (!address) return 'an address is needed, such as localhost:11434 or https://gpu.example/ollama';
  if (/\s/.test(address)) return 'an address has no spaces';
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(address) && !/^https?:\/\//i.test(address))
    return 'an address begins with http:// or https://, or with a host';
  if (/\/\/[^/]*@/.test(address)) return 'leave the password out; it is asked for and kept safely';
  return undefined;
}

/** Whether what is sent there leaves this machine unencrypted. */
export function isOpenOnTheWire(text: string): boolean {
  const address = text.trim().toLowerCase();
  if (address.startsWith('https://')) return false;
  const host = address
    .replace(/^http:\/\//, '')
    .replace(/[/?#].*$/, '')
    .replace(/:\d+$/, '');
  return !(
    host === 'localhost' ||
    host.endsWith('.localhost') ||
    host === '' ||
    host.startsWith('127.') ||
    host === '[::1]' ||
    host === '0.0.0.0'
  );
}

/** A short name for a host. */
export function nameFor(address: string): string {
  return address
    .trim()
    .replace(/^https?:\/\//i, '')
    .replace(/\/+$/, '');
}

/** The list with this host at its begin; one of the same name is replaced. */
export function withHost(hosts: readonly HostSetting[], host: HostSetting): HostSetting[] {
  const name = hostName(host);
  return [host, ...hosts.filter((known) => hostName(known) !== name)];
}
