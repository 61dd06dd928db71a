//! The model server: the one that serves all tests, and others that a test may kill.

use std::{
    env,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

/// What the server's models are called.
pub(crate) const TALKER: &str = "smollm2:135m";
pub(crate) const EMBEDDER: &str = "all-minilm:latest";

/// The repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The address of the server that serves all tests. Without one a test cannot be made, which has to be seen.
pub(crate) fn shared() -> Option<String> {
    let address = env::var("CODECOMPASS_TEST_HOST").ok().filter(|address| !address.is_empty());
    if address.is_none() {
        // Past the test runner, which keeps what tests print to itself.
        let test = std::thread::current().name().unwrap_or_default().to_owned();
        let line = format!(
            "NOT TESTED: {test} needs real models; `tests/models/run cargo test -p codecompass --test real` serves them\n"
        );
        let _ = std::io::stderr().write_all(line.as_bytes());
    }
    address
}

/// A server of a test's own, which may be killed.
pub(crate) struct Own {
    child: Child,
    pub(crate) port: u16,
}

impl Own {
    /// Starts one, on a port that is free (0) or was another's before.
    pub(crate) fn start(port: u16) -> Self {
        let mut child = Command::new(root().join("tests/models/run"))
            .env("CODECOMPASS_TEST_PORT", port.to_string())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut address = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut address).unwrap();
        let port = address.trim().rsplit(':').next().unwrap().parse().expect("the server prints its address");
        Self { child, port }
    }

    /// As by `kill -9`.
    pub(crate) fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        self.kill();
    }
}
