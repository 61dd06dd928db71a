// What the server is told through its environment, because the folder that is opened must have no say in it: hosts with their
// tokens, and what loosens privacy. Nothing of it is written to disk.

/** A host as `codecompass.ollama.hosts` holds it: an address, or a group that says more. */
export type HostSetting = string | (Record<string, unknown> & { url?: unknown; name?: unknown; user?: unknown });

/** What the user chose, each `undefined` where nothing was. */
export interface Choices {
  hosts?: HostSetting[];
  auditLog?: string;
  allowCloudModels?: boolean;
  redactSecrets?: boolean;
  /** Whether the folder is trusted; if not, its own file is not read and no host is named. */
  trusted: boolean;
}

/** The name by which a host's secret is kept. */
export function hostName(host: HostSetting): string {
  if (typeof host === 'string') return host.trim();
  if (typeof host.name === 'string' && host.name.trim()) return host.name.trim();
  return typeof host.url === 'string' ? host.url.trim() : '';
}

/** The variables to set. `secret` gives the token or password that is kept for a host. */
export async function serverEnvironment(
  choices: Choices,
  secret: (host: string) => Thenable<string | undefined> | Promise<string | undefined>,
): Promise<Record<string, string>> {
  const variables: Record<string, string> = {};
  if (!choices.trusted) {
    variables.CODECOMPASS_PROJECT_FILE = 'ignore';
  }
  if (choices.auditLog !== undefined) variables.CODECOMPASS_PRIVACY_AUDIT_LOG = choices.auditLog;
  if (choices.allowCloudModels !== undefined) {
    variables.CODECOMPASS_PRIVACY_ALLOW_CLOUD_MODELS = String(choices.allowCloudModels);
  }
  if (choices.redactSecrets !== undefined) {
    variables.CODECOMPASS_PRIVACY_REDACT_SECRETS = String(choices.redactSecrets);
  }
  if (choices.hosts) {
    const hosts: unknown[] = [];
    for (const [number, host] of choices.hosts.entries()) {
      const kept = await secret(hostName(host));
      if (!kept) {
        hosts.push(host);
        continue;
      }
      // Not with the prefix of the settings: the server would look for a setting of that name.
      const variable = `COMPASS_HOST_SECRET_${number + 1}`;
      variables[variable] = kept;
      const group = typeof host === 'string' ? { url: host } : host;
      hosts.push({ ...group, [group.user === undefined ? 'token_env' : 'password_env']: variable });
    }
    variables.CODECOMPASS_OLLAMA_HOSTS = JSON.stringify(hosts);
  }
  return variables;
}

/** Changes an environment: the user's variables of the same names count no more. */
export function merged(
  base: Record<string, string | undefined>,
  variables: Record<string, string>,
): Record<string, string | undefined> {
  return { ...base, ...variables };
}
