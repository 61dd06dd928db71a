//! Between the pipes and the handlers: our own loop around the service that knows the methods.
//!
//! One thread reads, one writes, and the caller's handles what arrives, in order. A notification is done when the next
//! message is looked at. A request is begun in order, up to the first point where it waits; the rest of it runs beside
//! everything else. A cancellation is answered at once, and so is the end of the client: neither ever waits for a handler.
//!
//! It knows nothing of what the methods mean, except for those that are about the connection itself.

mod frames;
mod message;
mod parent;
mod wire;

use std::{
    any::Any,
    future::Future,
    io::{Read, Write},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker},
    thread,
    time::{Duration, Instant},
};

use crossbeam_channel::{Receiver, Sender};
use dashmap::DashMap;
use futures::{
    FutureExt, Sink, StreamExt,
    future::{AbortHandle, BoxFuture, abortable},
};
use serde_json::Value;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;
use tower_service::Service;

pub(super) use self::wire::Wire;
use self::{
    frames::{Frame, Frames},
    message::Message,
    wire::named,
};
use super::{
    current::{self, Current},
    notifications::{self, Check},
    proto::{ClientSocket, Error, ErrorCode, Id, LanguageServer, LspService, Request, Response, TraceValue},
    uri,
};

/// Larger messages are refused.
pub(super) const LARGEST_MESSAGE: usize = 64 << 20;

/// So many messages may wait for the loop before reading pauses.
const WAITING: usize = 256;

/// How long the last messages may take to be read by the client when we end.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// The client asked for it, first with `shutdown`, then with `exit`.
    Asked,
    /// The client went away.
    Abandoned,
}

/// Where the conversation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    BeforeInitialize,
    Running,
    AfterShutdown,
}

enum Event {
    Frame(Frame),
    End(&'static str),
}

/// A request that is being worked on. Whoever takes it out of the table answers it.
struct Running {
    /// Tells it from another one that used the same id.
    serial: i64,
    abort: AbortHandle,
}

struct Loop<S, R> {
    service: LspService<S>,
    /// Takes the answers to our own requests.
    responses: R,
    wire: Wire,
    runtime: Handle,
    /// Fires when the client is gone.
    root: CancellationToken,
    events: Sender<Event>,
    running: Arc<DashMap<Id, Running>>,
    serial: i64,
    stage: Stage,
}

type Answer = Result<Option<Response>, Box<dyn Any + Send>>;

/// Serves until the client ends it or is gone; `root` fires then.
pub(super) fn serve<S: LanguageServer>(
    (service, socket): (LspService<S>, ClientSocket),
    wire: &Wire,
    input: impl Read + Send + 'static,
    output: impl Write + Send + 'static,
    runtime: &Handle,
    root: &CancellationToken,
) -> std::io::Result<Ending> {
    let (events, incoming) = crossbeam_channel::bounded(WAITING);
    let (mut requests, responses) = socket.split();
    let forward = wire.clone();
    let forwarding = runtime.spawn(async move {
        while let Some(request) = requests.next().await {
            forward.send(request);
        }
    });
    start_reader(input, events.clone(), root.clone())?;
    start_writer(output, wire.clone(), events.clone(), root.clone())?;
    let mut state = Loop {
        service,
        responses,
        wire: wire.clone(),
        runtime: runtime.clone(),
        root: root.clone(),
        events,
        running: Arc::default(),
        serial: 0,
        stage: Stage::BeforeInitialize,
    };
    let ending = state.run(&incoming);
    root.cancel();
    for running in state.running.iter() {
        running.abort.abort();
    }
    forwarding.abort();
    wire.close(LAST_WORDS);
    Ok(ending)
}

fn start_reader(
    input: impl Read + Send + 'static,
    events: Sender<Event>,
    root: CancellationToken,
) -> std::io::Result<()> {
    let read = move || {
        let mut frames = Frames::new(input, LARGEST_MESSAGE);
        let end = loop {
            match frames.next() {
                Ok(Some(frame)) => {
                    if events.send(Event::Frame(frame)).is_err() {
                        return;
                    }
                }
                Ok(None) => break "standard input ended",
                Err(error) => {
                    tracing::warn!("cannot read standard input: {error}");
                    break "standard input cannot be read";
                }
            }
        };
        // At once, whatever the loop is doing.
        root.cancel();
        let _ = events.send(Event::End(end));
    };
    thread::Builder::new().name("read".to_owned()).spawn(read).map(drop)
}

fn start_writer(
    output: impl Write + Send + 'static,
    wire: Wire,
    events: Sender<Event>,
    root: CancellationToken,
) -> std::io::Result<()> {
    let write = move || {
        if let Err(error) = wire.write_to(output) {
            tracing::warn!("cannot write to standard output: {error}");
            root.cancel();
            let _ = events.send(Event::End("standard output cannot be written"));
        }
    };
    thread::Builder::new().name("write".to_owned()).spawn(write).map(drop)
}

impl<S: LanguageServer, R: Sink<Response> + Unpin> Loop<S, R> {
    fn run(&mut self, incoming: &Receiver<Event>) -> Ending {
        let runtime = self.runtime.clone();
        let _entered = runtime.enter();
        // Never closed: one of the senders is our own.
        while let Ok(event) = incoming.recv() {
            let message = match event {
                Event::End(why) => {
                    tracing::info!("the client is gone: {why}");
                    return if self.stage == Stage::AfterShutdown { Ending::Asked } else { Ending::Abandoned };
                }
                Event::Frame(Frame::Wrong(id, error)) => Message::Wrong(id, error),
                Event::Frame(Frame::Json(value)) => message::read(value),
            };
            match message {
                Message::Request { id, method, params } => self.request(id, method, params),
                Message::Notification { method, .. } if method == "exit" => {
                    return if self.stage == Stage::AfterShutdown { Ending::Asked } else { Ending::Abandoned };
                }
                Message::Notification { method, params } => self.notification(&method, params),
                Message::Response(response) => self.response(response),
                Message::Wrong(id, error) => {
                    tracing::warn!("a message makes no sense: {}", error.message);
                    self.wire.respond(Response::from_error(id, error));
                }
            }
        }
        Ending::Abandoned
    }

    fn request(&mut self, id: Id, method: String, params: Option<Value>) {
        self.trace_received("request", &method, Some(&id), params.as_ref());
        let started = Instant::now();
        if let Some(error) = self.refusal(&id, &method) {
            return self.wire.respond(Response::from_error(id, error));
        }
        // The service gets numbers of our own, each only once, whatever ids the client uses.
        self.serial += 1;
        let serial = self.serial;
        let mut request = Request::build(method.clone()).id(serial);
        let mut first = None;
        if let Some(mut params) = params {
            uri::mend(&mut params);
            if method == "initialize" {
                first = Some(First::of(&mut params));
            }
            request = request.params(params);
        }
        let token = self.root.child_token();
        let guard = token.clone().drop_guard();
        let current = Current { id: id.to_string(), method: method.clone(), token };
        let mut handling = self.begin(request.finish(), current, guard);
        if method == "shutdown" {
            self.stage = Stage::AfterShutdown;
        }
        let wire = self.wire.clone();
        let answer = move |id: Id, answer: Answer| {
            let response = to_response(id, &method, answer);
            let took = started.elapsed().as_micros() as f64 / 1000.0;
            wire.trace(
                || format!("Sending response '{} in {took:.1} ms", named(&method, Some(response.id())) + "'"),
                || response.result().map(ToString::to_string).or_else(|| response.error().map(ToString::to_string)),
            );
            wire.respond(response);
        };
        if let Some(first) = first {
            // Nothing else may happen before it is answered.
            let result = self.runtime.block_on(handling);
            if matches!(&result, Ok(Some(response)) if response.is_ok()) {
                self.stage = Stage::Running;
            }
            answer(id, result);
            return self.begin_conversation(&first);
        }
        if let Poll::Ready(result) = poll_once(handling.as_mut()) {
            return answer(id, result);
        }
        let (handling, abort) = abortable(handling);
        let running = Arc::clone(&self.running);
        running.insert(id.clone(), Running { serial, abort });
        self.runtime.spawn(async move {
            let Ok(result) = handling.await else { return };
            // Who was cancelled has been answered already, and its id may belong to another one by now.
            if running.remove_if(&id, |_, running| running.serial == serial).is_some() {
                answer(id, result);
            }
        });
    }

    /// Why a request cannot be taken now.
    fn refusal(&self, id: &Id, method: &str) -> Option<Error> {
        let invalid = |message: String| Some(error(ErrorCode::InvalidRequest, message));
        if self.running.contains_key(id) {
            return invalid(format!("a request with the id {id} is still being worked on"));
        }
        match (self.stage, method) {
            (Stage::BeforeInitialize, "initialize") => None,
            (Stage::BeforeInitialize, _) => {
                Some(error(ErrorCode::ServerError(-32002), format!("`{method}` came before `initialize`")))
            }
            (Stage::Running, "initialize") => invalid("`initialize` came a second time".to_owned()),
            (Stage::Running, _) => None,
            (Stage::AfterShutdown, _) => invalid(format!("`{method}` came after `shutdown`")),
        }
    }

    fn notification(&mut self, method: &str, params: Option<Value>) {
        self.trace_received("notification", method, None, params.as_ref());
        let params = params.map(|mut params| {
            uri::mend(&mut params);
            params
        });
        match method {
            "$/cancelRequest" => return self.cancel(params.as_ref()),
            "$/setTrace" => return self.set_trace(params.as_ref()),
            _ if self.stage != Stage::Running => {
                return tracing::debug!("`{method}` is ignored: it came before `initialize` or after `shutdown`");
            }
            _ => {}
        }
        match notifications::check(method, params.as_ref()) {
            Check::Good => {}
            Check::Unknown if method.starts_with("$/") => return,
            Check::Unknown => return tracing::debug!("`{method}` is ignored: it is not known"),
            Check::Wrong(what) => return tracing::warn!("`{method}` is ignored: {what}"),
        }
        let mut request = Request::build(method.to_owned());
        if let Some(params) = params {
            request = request.params(params);
        }
        let token = self.root.child_token();
        let guard = token.clone().drop_guard();
        let current = Current { id: String::new(), method: method.to_owned(), token };
        let mut handling = self.begin(request.finish(), current, guard);
        match poll_once(handling.as_mut()) {
            Poll::Ready(Ok(_)) => {}
            Poll::Ready(Err(panic)) => tracing::error!("`{method}` failed: {}; this is a bug", said(&*panic)),
            Poll::Pending => {
                tracing::error!(
                    "the handler of `{method}` waits, which those of notifications must not; this is a bug"
                );
                self.runtime.spawn(handling);
            }
        }
    }

    /// Calls the handler; what it does begins when the future is polled.
    fn begin(
        &mut self,
        request: Request,
        current: Current,
        guard: tokio_util::sync::DropGuard,
    ) -> BoxFuture<'static, Answer> {
        let service = &mut self.service;
        match catch_unwind(AssertUnwindSafe(|| service.call(request))) {
            Err(panic) => std::future::ready(Err(panic)).boxed(),
            Ok(handling) => {
                let handling = async move {
                    let _guard = guard;
                    // It has exited: nobody waits for an answer.
                    handling.await.unwrap_or(None)
                };
                AssertUnwindSafe(current::scope(current, handling)).catch_unwind().boxed()
            }
        }
    }

    /// Answers a cancelled request at once; its work ends as soon as it notices.
    fn cancel(&mut self, params: Option<&Value>) {
        let Some(id) = params.and_then(|params| params.get("id")).and_then(message::read_id) else {
            return tracing::warn!("`$/cancelRequest` is ignored: it has no `id`");
        };
        let Some((id, running)) = self.running.remove(&id) else {
            return tracing::debug!("nothing to cancel: the request {id} is unknown or was answered");
        };
        running.abort.abort();
        // The service keeps a list of its own.
        let forget = Request::build("$/cancelRequest").params(serde_json::json!({ "id": running.serial })).finish();
        let mut forgetting = self.service.call(forget);
        let _ = poll_once(forgetting.as_mut());
        self.wire.trace(|| format!("Sending response '({id})': cancelled"), || None);
        let error = error(ErrorCode::RequestCancelled, "cancelled by the client".to_owned());
        self.wire.respond(Response::from_error(id, error));
    }

    fn response(&mut self, response: Response) {
        self.wire.trace(
            || format!("Received response '({})'", response.id()),
            || response.result().map(ToString::to_string).or_else(|| response.error().map(ToString::to_string)),
        );
        // Its one failure is that the service has exited.
        let _ = Pin::new(&mut self.responses).start_send(response);
    }

    fn set_trace(&mut self, params: Option<&Value>) {
        if let Some(value) = params.and_then(|params| params.get("value")).and_then(trace_value) {
            self.wire.set_trace(value);
        } else {
            tracing::warn!("`$/setTrace` is ignored: `value` is neither `off`, `messages` nor `verbose`");
        }
    }

    /// What can begin only when `initialize` is answered.
    fn begin_conversation(&self, first: &First) {
        if self.stage != Stage::Running {
            return;
        }
        self.wire.set_trace(first.trace);
        if let Some(process_id) = first.process_id {
            let (root, events) = (self.root.clone(), self.events.clone());
            parent::watch(process_id, move || {
                root.cancel();
                let _ = events.send(Event::End("its process has ended"));
            });
        }
    }

    fn trace_received(&self, kind: &str, method: &str, id: Option<&Id>, params: Option<&Value>) {
        self.wire.trace(|| format!("Received {kind} '{}'", named(method, id)), || params.map(ToString::to_string));
    }
}

/// What `initialize` says about the connection.
struct First {
    process_id: Option<u32>,
    trace: TraceValue,
}

impl First {
    /// Takes a trace value that nobody knows away: it is no reason not to begin.
    fn of(params: &mut Value) -> Self {
        let process_id = params.get("processId").and_then(Value::as_u64).and_then(|id| u32::try_from(id).ok());
        let trace = params.get("trace").and_then(trace_value);
        if trace.is_none()
            && let Some(params) = params.as_object_mut()
        {
            params.remove("trace");
        }
        Self { process_id, trace: trace.unwrap_or_default() }
    }
}

fn trace_value(value: &Value) -> Option<TraceValue> {
    match value.as_str()? {
        "off" => Some(TraceValue::Off),
        "messages" => Some(TraceValue::Messages),
        "verbose" => Some(TraceValue::Verbose),
        _ => None,
    }
}

fn to_response(id: Id, method: &str, answer: Answer) -> Response {
    let response = match answer {
        Ok(Some(response)) => response,
        // The service answers nothing to requests of this kind that it does not know.
        Ok(None) => Response::from_error(id.clone(), Error::method_not_found()),
        Err(panic) => {
            tracing::error!("`{method}` failed: {}; this is a bug", said(&*panic));
            let message = format!("`{method}` failed, which is a bug: {}", said(&*panic));
            return Response::from_error(id, error(ErrorCode::InternalError, message));
        }
    };
    let (_, mut result) = response.into_parts();
    if let Err(error) = &mut result
        && error.code == ErrorCode::MethodNotFound
    {
        error.message = format!("`{method}` is not known").into();
        error.data = None;
    }
    Response::from_parts(id, result)
}

/// What a panic said.
pub(super) fn said(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no reason given")
}

/// The first step of a future. What waits is polled again by whoever takes it over.
fn poll_once<F: Future + ?Sized>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

fn error(code: ErrorCode, message: String) -> Error {
    Error { code, message: message.into(), data: None }
}

#[cfg(test)]
mod tests;
