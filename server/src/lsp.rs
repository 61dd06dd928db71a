//! The language server: the only room that knows the protocol. What it can do is in `handlers`; here that is translated.

pub mod backend;
mod capabilities;
pub mod client;
mod current;
pub mod documents;
pub mod edits;
pub mod ext;
pub mod features;
mod notifications;
pub mod outbox;
pub mod places;
pub mod positions;
pub mod progress;
pub mod proto;
mod pulse;
pub mod register;
pub mod scene;
pub mod settings;
mod transport;
pub mod uri;
pub mod work;
mod workspace;

use std::{
    fs::File,
    io::{self, Read, Write},
    sync::Arc,
    time::Duration,
};

use anyhow::Context as _;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio_util::sync::CancellationToken;

use self::{
    backend::Backend,
    outbox::Outbox,
    proto::{ClientSocket, LspService},
    settings::Launch,
    transport::{Ending, Wire},
};

/// What still runs when the client is gone gets so long to end.
const LAST_WORK: Duration = Duration::from_secs(2);

/// Serves the client at standard input and output. True when it ended as it should.
pub fn serve(launch: Launch) -> anyhow::Result<bool> {
    let (input, output) = pipes().context("cannot use standard input and output")?;
    serve_on(launch, input, output).map(|ending| ending == Ending::Asked)
}

fn serve_on(
    launch: Launch,
    input: impl Read + Send + 'static,
    output: impl Write + Send + 'static,
) -> anyhow::Result<Ending> {
    let runtime = runtime().context("cannot start the threads of the server")?;
    start_search_threads();
    let wire = Wire::default();
    let root = CancellationToken::new();
    let service = service(launch, &wire, runtime.handle());
    let ending = transport::serve(service, &wire, input, output, runtime.handle(), &root);
    // Work that does not look at its token is left behind.
    runtime.shutdown_timeout(LAST_WORK);
    ending.context("cannot start the threads of the server")
}

/// All methods. Those that are no part of the protocol are added here, with `custom_method`.
fn service(launch: Launch, wire: &Wire, runtime: &Handle) -> (LspService<Backend>, ClientSocket) {
    LspService::build(|client| {
        let outbox = Outbox::new(client, wire.clone(), runtime.clone());
        Backend::new(Arc::new(launch), outbox)
    })
    .custom_method("window/workDoneProgress/cancel", Backend::work_done_progress_cancel)
    .custom_method(<ext::SearchRequest as proto::request::Request>::METHOD, Backend::search)
    .custom_method(<ext::StatusRequest as proto::request::Request>::METHOD, Backend::status)
    .custom_method(<ext::chat::ChatRequest as proto::request::Request>::METHOD, Backend::chat)
    .custom_method(<ext::chat::CompleteRequest as proto::request::Request>::METHOD, Backend::complete)
    .custom_method(
        <ext::conversations::ConversationsRequest as proto::request::Request>::METHOD,
        Backend::conversations,
    )
    .finish()
}

fn runtime() -> io::Result<Runtime> {
    Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(work::places() + 8)
        .thread_name("serve")
        .enable_all()
        .build()
}

/// Searches are spread over these threads. They inherit the priority of whoever starts them, which must not be the job that
/// indexes at low priority.
fn start_search_threads() {
    let started = rayon::ThreadPoolBuilder::new().thread_name(|index| format!("search-{index}")).build_global();
    if let Err(error) = started {
        tracing::debug!(%error, "the threads of the search were started before");
    }
}

/// Standard input and output for the protocol alone: whatever else writes to standard output reaches standard error.
#[cfg(unix)]
fn pipes() -> io::Result<(File, File)> {
    use std::os::fd::AsFd;
    let input = File::from(io::stdin().as_fd().try_clone_to_owned()?);
    let output = File::from(io::stdout().as_fd().try_clone_to_owned()?);
    rustix::stdio::dup2_stdout(io::stderr())?;
    Ok((input, output))
}

#[cfg(windows)]
fn pipes() -> io::Result<(File, File)> {
    use std::os::windows::io::AsHandle;
    let input = File::from(io::stdin().as_handle().try_clone_to_owned()?);
    let output = File::from(io::stdout().as_handle().try_clone_to_owned()?);
    Ok((input, output))
}
