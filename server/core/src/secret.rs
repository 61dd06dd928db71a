//! Which files hold keys or passwords, told by their names alone, so that they are never read.

/// The pattern that the name of the file at `path` (with `/`) matches, when such files hold keys, passwords or tokens.
///
/// Source code is never meant: `credentials.rs` and `key.go` are code about secrets.
pub fn secret_name(path: &str) -> Option<&'static str> {
    let path = path.to_ascii_lowercase();
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", &path));
    let parent = folder.rsplit('/').next().unwrap_or_default();
    environment(name)
        .or_else(|| by_name(name))
        .or_else(|| by_parent(parent, name))
        .or_else(|| by_extension(name))
        .or_else(|| by_shape(name))
}

/// `.env` and its variants, but not the examples that a repository shows to people.
fn environment(name: &str) -> Option<&'static str> {
    if name == ".env" || name == ".envrc" {
        return Some(if name == ".env" { ".env" } else { ".envrc" });
    }
    let variant = name.strip_prefix(".env.")?;
    let harmless = ["example", "sample", "template", "dist", "defaults", "schema", "md"];
    let code = ["ts", "js", "py", "rb", "go", "rs", "php"];
    let last = variant.rsplit('.').next().unwrap_or(variant);
    let shown = variant.split('.').any(|part| harmless.contains(&part)) || code.contains(&last);
    (!shown).then_some(".env.*")
}

fn by_name(name: &str) -> Option<&'static str> {
    const NAMES: &[&str] = &[
        ".boto",
        ".dockercfg",
        ".git-credentials",
        ".htpasswd",
        ".my.cnf",
        ".mylogin.cnf",
        ".netrc",
        "_netrc",
        ".npmrc",
        ".pgpass",
        ".pypirc",
        ".s3cfg",
        ".vault-token",
        "application_default_credentials.json",
        "client_secret.json",
        "credentials",
        "credentials.csv",
        "credentials.db",
        "credentials.json",
        "credentials.toml",
        "credentials.xml",
        "credentials.yaml",
        "credentials.yml",
        "credentials.yml.enc",
        "htpasswd",
        "id_dsa",
        "id_ecdsa",
        "id_ecdsa_sk",
        "id_ed25519",
        "id_ed25519_sk",
        "id_rsa",
        "kubeconfig",
        "local.settings.json",
        "logins.json",
        "master.key",
        "proftpdpasswd",
        "secring.gpg",
        "secrets.env",
        "secrets.json",
        "secrets.properties",
        "secrets.toml",
        "secrets.yaml",
        "secrets.yml",
        "secret.json",
        "secret.yaml",
        "secret.yml",
        "terraform.tfstate",
        "terraform.tfstate.backup",
        "wp-config.php",
    ];
    NAMES.iter().copied().find(|secret| *secret == name)
}

/// Names that only mean something in one folder.
fn by_parent(parent: &str, name: &str) -> Option<&'static str> {
    Some(match (parent, name) {
        (".aws", "config") => ".aws/config",
        (".docker", "config.json") => ".docker/config.json",
        (".kube", "config") => ".kube/config",
        (".cargo", "credentials.toml") => ".cargo/credentials.toml",
        (".gem", "credentials") => ".gem/credentials",
        (".gnupg", _) => ".gnupg/*",
        (".ssh", name) if name != "config" && !name.starts_with("known_hosts") => ".ssh/*",
        _ => return None,
    })
}

/// Key and certificate stores, password databases, and VPN profiles, which carry their keys inside.
fn by_extension(name: &str) -> Option<&'static str> {
    let (_, extension) = name.rsplit_once('.')?;
    Some(match extension {
        "pem" => "*.pem",
        "key" => "*.key",
        "p8" => "*.p8",
        "p12" => "*.p12",
        "pfx" => "*.pfx",
        "pkcs12" => "*.pkcs12",
        "ppk" => "*.ppk",
        "jks" => "*.jks",
        "bks" => "*.bks",
        "keystore" => "*.keystore",
        "keytab" => "*.keytab",
        "kdb" => "*.kdb",
        "kdbx" => "*.kdbx",
        "kwallet" => "*.kwallet",
        "keychain" => "*.keychain",
        "agilekeychain" => "*.agilekeychain",
        "ovpn" => "*.ovpn",
        "der" => "*.der",
        "crt" => "*.crt",
        "cer" => "*.cer",
        "gpg" => "*.gpg",
        "mobileprovision" => "*.mobileprovision",
        _ => return None,
    })
}

fn by_shape(name: &str) -> Option<&'static str> {
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    let service_account = name.starts_with("service-account") || name.starts_with("service_account");
    if service_account && extension == "json" && !name.contains("schema") && !name.contains("example") {
        return Some("service-account*.json");
    }
    if name.starts_with("client_secret_") && extension == "json" {
        return Some("client_secret_*.json");
    }
    if name.starts_with("id_rsa") && !name.contains('.') {
        return Some("id_rsa*");
    }
    if name.ends_with(".tfvars") && name.contains("secret") {
        return Some("*secret*.tfvars");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_secrets() {
        for (path, pattern) in [
            (".env", ".env"),
            ("deploy/.env", ".env"),
            (".ENV", ".env"),
            (".envrc", ".envrc"),
            (".env.local", ".env.*"),
            (".env.production.local", ".env.*"),
            ("certs/server.pem", "*.pem"),
            ("certs/Server.KEY", "*.key"),
            ("tls/ca.crt", "*.crt"),
            ("id_rsa", "id_rsa"),
            ("keys/id_rsa_deploy", "id_rsa*"),
            ("id_ed25519", "id_ed25519"),
            ("app.p12", "*.p12"),
            ("app.pfx", "*.pfx"),
            ("app.jks", "*.jks"),
            ("app/debug.keystore", "*.keystore"),
            (".netrc", ".netrc"),
            (".npmrc", ".npmrc"),
            (".pypirc", ".pypirc"),
            (".git-credentials", ".git-credentials"),
            ("credentials", "credentials"),
            (".aws/credentials", "credentials"),
            (".aws/config", ".aws/config"),
            ("credentials.json", "credentials.json"),
            ("config/credentials.yml.enc", "credentials.yml.enc"),
            ("secrets.yml", "secrets.yml"),
            ("k8s/secrets.yaml", "secrets.yaml"),
            ("secrets.json", "secrets.json"),
            (".streamlit/secrets.toml", "secrets.toml"),
            ("vault.kdbx", "*.kdbx"),
            (".htpasswd", ".htpasswd"),
            ("service-account.json", "service-account*.json"),
            ("gcp/service-account-prod.json", "service-account*.json"),
            (".docker/config.json", ".docker/config.json"),
            (".kube/config", ".kube/config"),
            ("kubeconfig", "kubeconfig"),
            ("office.ovpn", "*.ovpn"),
            (".ssh/deploy", ".ssh/*"),
            ("terraform.tfstate", "terraform.tfstate"),
        ] {
            assert_eq!(secret_name(path), Some(pattern), "{path}");
        }
    }

    #[test]
    fn names_of_code_and_examples() {
        for path in [
            ".env.example",
            ".env.sample",
            ".env.template",
            ".env.local.example",
            ".env.d.ts",
            "env",
            "environment.ts",
            "src/credentials.rs",
            "credentials.go",
            "Credentials.java",
            "key.go",
            "src/key.rs",
            "keys.py",
            "secrets.py",
            "secrets.rs",
            "secrets.test.ts",
            "src/secret.rs",
            "docs/credentials.md",
            "config.json",
            "config",
            "service-account.ts",
            "service-account.schema.json",
            "id_rsa.md",
            "pem.rs",
            "keystore.kt",
            "keyboard.keymap",
            ".ssh/config",
            "package.json",
            "",
            "/",
        ] {
            assert_eq!(secret_name(path), None, "{path}");
        }
    }
}
