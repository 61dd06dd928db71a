//! The table from methods to what they do. A notification changes the workspace, then and there; a request takes the scene
//! as it is when it comes, and its work is done elsewhere. Nothing here waits for the client.

use std::{
    future::Future,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use codecompass_index::error::IndexError;
use tokio_util::sync::CancellationToken;

use super::{
    capabilities, current, ext,
    features::{
        chat, code_action, code_lens, commands::Call, document_link, hosts::Select, hover, search, workspace_symbol,
    },
    outbox::Outbox,
    proto::{
        CodeAction, CodeActionParams, CodeActionResponse, CodeLens, CodeLensParams, CreateFilesParams,
        DeleteFilesParams, DidChangeConfigurationParams, DidChangeTextDocumentParams, DidChangeWatchedFilesParams,
        DidChangeWorkspaceFoldersParams, DidCloseTextDocumentParams, DidOpenTextDocumentParams,
        DidSaveTextDocumentParams, DocumentLink, DocumentLinkParams, Error, ExecuteCommandParams, GotoDefinitionParams,
        GotoDefinitionResponse, Hover, HoverParams, InitializeParams, InitializeResult, InitializedParams, LSPAny,
        LanguageServer, RenameFilesParams, Uri, WorkDoneProgressCancelParams, WorkspaceEdit, WorkspaceSymbolParams,
        WorkspaceSymbolResponse, jsonrpc::Result,
    },
    pulse::{self, Bell},
    register,
    scene::Scene,
    settings::{self, Launch},
    work::{self, Work},
    workspace::Workspace,
};

/// A request waits so long at most until what was typed before it can be searched.
const PATIENCE: Duration = Duration::from_millis(15);

/// The handlers of all methods.
pub struct Backend {
    workspace: Arc<Mutex<Workspace>>,
    outbox: Outbox,
    work: Work,
    /// Rings when the index of a folder is another one.
    bell: Arc<Bell>,
}

impl Backend {
    /// Handlers that speak to the client through `outbox`.
    pub fn new(launch: Arc<Launch>, outbox: Outbox) -> Self {
        let bell = Arc::new(Bell::default());
        let ring = Arc::clone(&bell);
        let workspace = Workspace::new(launch, outbox.clone(), Arc::new(move |changed| ring.ring(changed)));
        let workspace = Arc::new(Mutex::new(workspace));
        lock(&workspace).lives_at(Arc::downgrade(&workspace));
        Self { workspace, outbox, work: Work::default(), bell }
    }

    /// Does the work of a request: `work` gets everything as it is now, and a token that fires when nobody waits for the
    /// answer any more. The scene is taken before this returns.
    pub fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Scene, &CancellationToken) -> anyhow::Result<T> + Send + 'static,
    ) -> impl Future<Output = Result<T>> + Send + 'static {
        let scene = self.scene();
        self.work.run(move |token| {
            let gate = Arc::clone(&scene.session.gate);
            let _serving = gate.serve();
            let session = scene.session.clone().settled(PATIENCE);
            let scene = Scene { session, ..scene };
            let result = work(&scene, token);
            if let Err(error) = &result
                && error.downcast_ref::<IndexError>().is_some_and(IndexError::is_damage)
            {
                scene.session.damaged();
            }
            result
        })
    }

    /// Asks a model for a request. The work gets a token that fires when nobody waits for the answer any more; it then comes
    /// to its end by itself, so that what there is of an answer is kept.
    fn ask<T, F, W>(&self, work: W) -> impl Future<Output = Result<T>> + Send + use<T, F, W>
    where
        T: Send + 'static,
        F: Future<Output = anyhow::Result<T>> + Send + 'static,
        W: FnOnce(CancellationToken) -> F,
    {
        let current = current::get();
        let token = current.token.clone();
        // Whoever stops the answer does not cancel the request.
        let working = self.outbox.start(work(token.child_token()));
        async move {
            tokio::select! {
                biased;
                () = token.cancelled() => Err(Error::request_cancelled()),
                done = working => match done {
                    Ok(result) => result.map_err(|error| work::failure(&current.method, error)),
                    Err(_) => Err(Error::internal_error()),
                },
            }
        }
    }

    /// Everything as it is now.
    pub fn scene(&self) -> Scene {
        self.workspace().scene()
    }

    fn workspace(&self) -> MutexGuard<'_, Workspace> {
        lock(&self.workspace)
    }

    fn look_again(&self, uris: &[Uri]) {
        self.workspace().look_again(uris);
    }
}

/// A panic of another handler is no reason to end.
pub(super) fn lock(workspace: &Mutex<Workspace>) -> MutexGuard<'_, Workspace> {
    workspace.lock().unwrap_or_else(PoisonError::into_inner)
}

// What the service does not know by itself; `super::service` names it.
impl Backend {
    /// The user cancelled what is shown as progress.
    #[expect(clippy::unused_async, reason = "the service wants it so")]
    pub(super) async fn work_done_progress_cancel(&self, params: WorkDoneProgressCancelParams) {
        // The token fires when the workspace is free again: whoever hears of it may want it.
        let progress = self.workspace().progress().clone();
        progress.cancel(&params.token);
    }

    /// Finds code, for a client that knows us.
    pub(super) async fn search(&self, params: ext::SearchParams) -> Result<ext::SearchResult> {
        self.run(move |scene, token| search::answer(scene, token, &params)).await
    }

    /// How everything is, for a client that knows us.
    pub(super) async fn status(&self, _: Option<LSPAny>) -> Result<ext::Report> {
        self.run(|scene, _| Ok(search::status(scene))).await
    }

    /// Answers a question, for a client that knows us.
    pub(super) async fn chat(&self, params: ext::chat::ChatParams) -> Result<ext::chat::AnswerResult> {
        let scene = self.scene();
        self.ask(|stop| chat::answer(scene, params, stop)).await
    }

    /// What can follow an `@`, for a client that knows us.
    pub(super) async fn complete(&self, params: ext::chat::CompleteParams) -> Result<ext::chat::CompleteResult> {
        self.run(move |scene, _| chat::complete::answer(scene, &params)).await
    }

    /// Conversations that are kept, for a client that knows us.
    pub(super) async fn conversations(
        &self,
        params: ext::conversations::ConversationsParams,
    ) -> Result<ext::conversations::ConversationsResult> {
        self.run(move |scene, _| chat::kept::answer(scene, &params)).await
    }

    /// Carries out a command that waits for hosts: beside the work of other requests, of which there is a limited number.
    async fn ask_hosts(&self, call: Call, scene: Scene) -> Result<Option<LSPAny>> {
        let workspace = Arc::clone(&self.workspace);
        let select: Select = Arc::new(move |selected| lock(&workspace).select(selected));
        if !scene.client.codecompass {
            call.hosts_in_background(scene, select);
            return Ok(None);
        }
        let current = current::get();
        let done = call.result_of_hosts(scene, current.token.clone(), select).await;
        done.map_err(|error| work::failure(&current.method, error))
    }

    /// Asks the client for our part of its configuration.
    fn pull_configuration(&self) {
        let (asked, workspace) = (register::configuration(&self.outbox), Arc::clone(&self.workspace));
        self.outbox.spawn(async move {
            match asked.await {
                Ok(options) => lock(&workspace).configure(options),
                Err(error) => tracing::warn!("the client's configuration is not known: {}", error.message),
            }
        });
    }
}

impl LanguageServer for Backend {
    async fn initialize(&self, params: InitializeParams) -> Result<InitializeResult> {
        let encoding = self.workspace().initialize(params);
        Ok(capabilities::announce(encoding))
    }

    async fn initialized(&self, _: InitializedParams) {
        self.outbox.open();
        pulse::start(&self.workspace, &self.outbox, Arc::clone(&self.bell));
        let client = self.workspace().client();
        register::at_start(&self.outbox, &client);
        if client.configuration {
            self.pull_configuration();
        }
    }

    async fn shutdown(&self) -> Result<()> {
        Ok(())
    }

    async fn did_open(&self, params: DidOpenTextDocumentParams) {
        self.workspace().open(params.text_document);
    }

    async fn did_change(&self, params: DidChangeTextDocumentParams) {
        let document = params.text_document;
        self.workspace().change(&document.uri, document.version, params.content_changes);
    }

    async fn did_save(&self, params: DidSaveTextDocumentParams) {
        self.workspace().save(&params.text_document.uri);
    }

    async fn did_close(&self, params: DidCloseTextDocumentParams) {
        self.workspace().close(&params.text_document.uri);
    }

    async fn did_change_workspace_folders(&self, params: DidChangeWorkspaceFoldersParams) {
        self.workspace().change_folders(params.event.added, &params.event.removed);
    }

    async fn did_change_configuration(&self, params: DidChangeConfigurationParams) {
        if self.workspace().client().configuration {
            return self.pull_configuration();
        }
        self.workspace().configure(settings::our_part(params.settings));
    }

    async fn did_change_watched_files(&self, params: DidChangeWatchedFilesParams) {
        let uris: Vec<Uri> = params.changes.into_iter().map(|change| change.uri).collect();
        self.look_again(&uris);
    }

    async fn will_create_files(&self, _: CreateFilesParams) -> Result<Option<WorkspaceEdit>> {
        Ok(None)
    }

    async fn did_create_files(&self, params: CreateFilesParams) {
        self.look_again(&uris(params.files.iter().map(|file| &file.uri)));
    }

    async fn will_rename_files(&self, _: RenameFilesParams) -> Result<Option<WorkspaceEdit>> {
        Ok(None)
    }

    async fn did_rename_files(&self, params: RenameFilesParams) {
        self.look_again(&uris(params.files.iter().flat_map(|file| [&file.old_uri, &file.new_uri])));
    }

    async fn will_delete_files(&self, _: DeleteFilesParams) -> Result<Option<WorkspaceEdit>> {
        Ok(None)
    }

    async fn symbol(&self, params: WorkspaceSymbolParams) -> Result<Option<WorkspaceSymbolResponse>> {
        self.run(move |scene, _| workspace_symbol::answer(scene, &params)).await
    }

    async fn hover(&self, params: HoverParams) -> Result<Option<Hover>> {
        self.run(move |scene, _| hover::answer(scene, &params)).await
    }

    async fn code_action(&self, params: CodeActionParams) -> Result<Option<CodeActionResponse>> {
        self.run(move |scene, _| code_action::answer(scene, &params)).await
    }

    async fn code_action_resolve(&self, action: CodeAction) -> Result<CodeAction> {
        Ok(code_action::resolve(action))
    }

    async fn code_lens(&self, params: CodeLensParams) -> Result<Option<Vec<CodeLens>>> {
        self.run(move |scene, _| code_lens::answer(scene, &params)).await
    }

    async fn code_lens_resolve(&self, lens: CodeLens) -> Result<CodeLens> {
        self.run(move |scene, _| code_lens::resolve(scene, lens)).await
    }

    async fn document_link(&self, params: DocumentLinkParams) -> Result<Option<Vec<DocumentLink>>> {
        self.run(move |scene, _| Ok(document_link::links(scene, &params))).await
    }

    async fn goto_definition(&self, params: GotoDefinitionParams) -> Result<Option<GotoDefinitionResponse>> {
        self.run(move |scene, _| Ok(document_link::definition(scene, &params))).await
    }

    async fn execute_command(&self, params: ExecuteCommandParams) -> Result<Option<LSPAny>> {
        let call = Call::read(params)?;
        let scene = self.scene();
        if let Some((root, event)) = call.event(&scene) {
            self.workspace().tell_folders(root.as_deref(), event);
        }
        if call.asks_hosts() {
            return self.ask_hosts(call, scene).await;
        }
        match (call.asks(), scene.client.codecompass) {
            (true, true) => self.ask(|stop| call.ask(scene, stop)).await,
            (true, false) => {
                call.ask_in_background(scene);
                Ok(None)
            }
            (false, true) => self.run(move |scene, token| call.result(scene, token)).await,
            (false, false) => {
                call.in_background(scene);
                Ok(None)
            }
        }
    }

    async fn did_delete_files(&self, params: DeleteFilesParams) {
        self.look_again(&uris(params.files.iter().map(|file| &file.uri)));
    }
}

/// File operations carry their URIs as text.
fn uris<'a>(texts: impl Iterator<Item = &'a String>) -> Vec<Uri> {
    texts.filter_map(|text| text.parse().ok()).collect()
}
