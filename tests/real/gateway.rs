//! nginx and Caddy with the configuration that ships, in a folder of their own. Only what is a machine's own is made here:
//! ports, certificates, tokens, where Ollama is.

use std::{
    fs,
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use tempfile::TempDir;

use crate::{laptop::Laptop, models::root};

/// A proxy that runs.
pub(crate) struct Gateway {
    child: Child,
    folder: TempDir,
    port: u16,
    /// A user's token.
    pub(crate) ada: String,
    /// An administrator's.
    pub(crate) grace: String,
}

/// What a test changes of a machine.
#[derive(Default)]
pub(crate) struct Machine {
    /// Text of the shipped configuration, and what stands there instead.
    pub(crate) instead: Option<(&'static str, &'static str)>,
    /// A certificate and its key (PEM), and the authority's certificate, instead of new ones.
    pub(crate) certificate: Option<[String; 3]>,
}

fn shipped() -> PathBuf {
    root().join("deploy/gpu-server")
}

/// Runs a program to its end and gives back what it said.
fn tool(program: &Path, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}: {}", program.display(), String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// A port that was free a moment ago.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Gateway {
    /// nginx, in front of a host on this machine.
    pub(crate) fn nginx(upstream: &str, machine: &Machine) -> Self {
        Self::start(machine, |folder, port| {
            let ours = folder.join("codecompass");
            for name in ["nginx.conf", "codecompass.conf"] {
                let mut text = fs::read_to_string(shipped().join("nginx").join(name)).unwrap();
                if let Some((from, to)) = machine.instead.filter(|(from, _)| text.contains(from)) {
                    text = text.replace(from, to);
                }
                fs::write(folder.join(name), text).unwrap();
            }
            fs::write(ours.join("upstream.conf"), format!("server {upstream};\n")).unwrap();
            let site = format!(
                "listen 127.0.0.1:{port} ssl;\nserver_name localhost;\nssl_certificate codecompass/server.pem;\n\
                 ssl_certificate_key codecompass/server.key;\naccess_log access.log codecompass;\n"
            );
            fs::write(ours.join("site.conf"), site).unwrap();
            let mut command = Command::new("nginx");
            command.arg("-p").arg(folder).arg("-c").arg(folder.join("nginx.conf"));
            // Started by root it would give up its rights, and with them the folder of this test.
            let user = if tool(Path::new("id"), &["-u"]) == "0" { " user root;" } else { "" };
            command.args(["-g", &format!("daemon off;{user}")]);
            command
        })
    }

    /// Caddy, in front of a host on this machine.
    pub(crate) fn caddy(upstream: &str, machine: &Machine) -> Self {
        Self::start(machine, |folder, port| {
            let ours = folder.join("codecompass");
            let tls = format!("{} {}", ours.join("server.pem").display(), ours.join("server.key").display());
            let mut command = Command::new("caddy");
            command.args(["run", "--adapter", "caddyfile", "--config"]).arg(shipped().join("caddy/Caddyfile"));
            command
                .env("HOME", folder)
                .env("XDG_DATA_HOME", folder.join("data"))
                .env("XDG_CONFIG_HOME", folder.join("config"))
                .env("CODECOMPASS_SITE", format!("https://localhost:{port}"))
                .env("CODECOMPASS_TLS", tls)
                .env("CODECOMPASS_OLLAMA", upstream)
                .env("CODECOMPASS_TOKENS", &ours)
                .env("CODECOMPASS_LOG", folder.join("access.log"));
            command
        })
    }

    fn start(machine: &Machine, prepare: impl FnOnce(&Path, u16) -> Command) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ours = folder.path().join("codecompass");
        fs::create_dir(&ours).unwrap();
        let here = ours.to_str().unwrap();
        if let Some(pems) = &machine.certificate {
            for (name, pem) in ["server.pem", "server.key", "ca.pem"].iter().zip(pems) {
                fs::write(ours.join(name), pem).unwrap();
            }
        } else {
            tool(&shipped().join("make-certificates"), &[here, "localhost", "127.0.0.1"]);
        }
        let token = |arguments: &[&str]| tool(&shipped().join("token"), &[&[here], arguments].concat());
        let ada = token(&["add", "ada"]);
        let grace = token(&["add", "grace", "--admin"]);
        let port = free_port();
        let log = fs::File::create(folder.path().join("said.log")).unwrap();
        let mut command = prepare(folder.path(), port);
        let name = command.get_program().to_string_lossy().into_owned();
        let child = command
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap_or_else(|error| panic!("{name} has to be installed: {error}"));
        let mut gateway = Self { child, folder, port, ada, grace };
        gateway.wait(&name);
        gateway
    }

    /// Waits until it listens.
    fn wait(&mut self, name: &str) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            let ended = self.child.try_wait().unwrap();
            assert!(ended.is_none() && Instant::now() < deadline, "{name} does not start: {}", self.read("said.log"));
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// A file of the proxy's.
    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join(name)).unwrap_or_default()
    }

    /// All that was logged.
    pub(crate) fn logged(&self) -> String {
        self.read("access.log") + &self.read("said.log")
    }

    /// The certificate of its authority.
    pub(crate) fn authority(&self) -> PathBuf {
        self.folder.path().join("codecompass/ca.pem")
    }

    /// Where Ollama is, for users.
    pub(crate) fn url(&self) -> String {
        format!("https://localhost:{}/ollama", self.port)
    }

    /// The machine of a user with some token.
    pub(crate) fn laptop(&self, token: &str) -> Laptop {
        Laptop::with(&self.url(), Some(token), Some(self.authority()))
    }

    /// Asks as any program could: method and path, with a token. Gives back the status and the body.
    pub(crate) fn ask(&self, method: &str, path: &str, token: &str, body: &str) -> (u16, String) {
        let authority = self.authority();
        let address = format!("https://localhost:{}{path}", self.port);
        let login = format!("Authorization: Bearer {token}");
        let said = tool(
            Path::new("curl"),
            &[
                "-s",
                "--path-as-is",
                "-X",
                method,
                "--cacert",
                authority.to_str().unwrap(),
                "-H",
                &login,
                "-d",
                body,
                "-w",
                "\n%{http_code}",
                &address,
            ],
        );
        let (body, status) = said.rsplit_once('\n').unwrap_or(("", &said));
        (status.parse().unwrap(), body.to_owned())
    }

    /// Asks for the version so many times, as fast as it goes, and gives back the statuses.
    pub(crate) fn hurry(&self, times: usize) -> Vec<String> {
        let authority = self.authority();
        let login = format!("Authorization: Bearer {}", self.ada);
        let address = format!("{}/api/version?n=[1-{times}]", self.url());
        let null = ["-s", "-o", "/dev/null", "-w", "%{http_code}\n", "--cacert", authority.to_str().unwrap()];
        let said = tool(Path::new("curl"), &[&null[..], &["-H", &login, &address]].concat());
        said.lines().map(str::to_owned).collect()
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        if self.child.try_wait().is_ok_and(|ended| ended.is_some()) {
            return;
        }
        // Politely, so that nginx ends its workers too.
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
    }
}

/// Without `http://`, as proxies want it.
pub(crate) fn place(address: &str) -> String {
    address.trim_start_matches("http://").to_owned()
}
