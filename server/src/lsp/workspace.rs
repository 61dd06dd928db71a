//! The workspace as the client sees it: which folders there are, what is open, which settings hold. One mutable owner of
//! all that, changed only by notifications, which come in order.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, Weak},
    time::Duration,
};

use serde_json::Value;

use super::{
    client::ClientFlags,
    documents::{Document, Documents},
    features::chat::Running,
    outbox::Outbox,
    places::Places,
    positions::Encoding,
    progress::Desk,
    proto::{InitializeParams, MessageType, TextDocumentContentChangeEvent, TextDocumentItem, Uri, WorkspaceFolder},
    scene::{Later, Scene},
    settings::{self, Launch},
    uri,
};
use crate::{
    config::{
        folders::{self, System},
        load::Config,
        report::{Mistake, Told},
    },
    embedding::Models,
    handlers::outlines::Outlines,
    hosts::{self, Pools, Selected},
    live::{Changed, Event, Surroundings},
    logging,
    session::Session,
    workspace::walk,
};

/// A search waits so long for a host to make the vector of its query.
const PATIENCE: Duration = Duration::from_millis(300);

/// Everything that changes.
pub(super) struct Workspace {
    launch: Arc<Launch>,
    outbox: Outbox,
    progress: Desk,
    client: Arc<ClientFlags>,
    encoding: Encoding,
    session: Session,
    /// Why nothing can be indexed.
    homeless: Option<String>,
    documents: Documents,
    places: Arc<Places>,
    /// The client named no folders: the first file that is opened shows where to look for one.
    guess: bool,
    /// What the client sent with `initialize`.
    initial: Option<Value>,
    /// What the client sent as its settings: the initial ones until it says otherwise.
    options: Option<Value>,
    /// The mistakes that the user knows of.
    told: Told,
    /// The mistakes that are there now.
    mistakes: Vec<Mistake>,
    /// The model hosts.
    pools: Arc<Pools>,
    /// The configuration that holds for all folders, with the mistakes of each.
    config: Arc<Config>,
    /// The models that were chosen for as long as this server runs.
    selected: Selected,
    cache: Arc<Path>,
    outlines: Arc<Outlines>,
    running: Arc<Running>,
    state: Option<Arc<Path>>,
    /// Itself, for those who have to look again later.
    later: Later,
}

impl Workspace {
    /// A workspace without folders, for a client that said nothing yet.
    pub(super) fn new(launch: Arc<Launch>, outbox: Outbox, on_change: Arc<dyn Fn(Changed) + Send + Sync>) -> Self {
        let (cache, homeless) = match launch.cache_dir() {
            Ok(cache) => (cache, None),
            Err(error) => (PathBuf::new(), Some(format!("{error:#}"))),
        };
        let state = folders::state_dir(&launch.environment, System::HERE);
        let hosts_changed = Arc::clone(&on_change);
        let pools = Pools::new(launch.environment.clone())
            .telling(warn_of_host(outbox.clone()), Arc::new(move || hosts_changed(Changed::Hosts)));
        let pools = Arc::new(pools);
        let models = Arc::new(Models::new(Arc::clone(&pools), PATIENCE));
        Self {
            running: Arc::default(),
            state: state.map(Arc::from),
            later: Later(Weak::new()),
            pools,
            config: Arc::new(launch.without_folder(None)),
            selected: Selected::default(),
            progress: Desk::new(outbox.clone(), false),
            cache: cache.as_path().into(),
            session: Session::new(Surroundings { cache, gate: Arc::default(), models: Some(models), on_change }),
            homeless,
            launch,
            outbox,
            client: Arc::default(),
            encoding: Encoding::default(),
            documents: Documents::default(),
            places: Arc::default(),
            guess: false,
            initial: None,
            options: None,
            told: Told::default(),
            mistakes: Vec::new(),
            outlines: Arc::default(),
        }
    }

    /// Where it is from now on, so that it can be looked at again later.
    pub(super) fn lives_at(&mut self, later: Weak<Mutex<Self>>) {
        self.later = Later(later);
    }

    /// Takes what `initialize` says.
    pub(super) fn initialize(&mut self, params: InitializeParams) -> Encoding {
        self.client = Arc::new(ClientFlags::of(&params));
        self.progress = Desk::new(self.outbox.clone(), self.client.work_done_progress);
        self.encoding = Encoding::negotiate(&params.capabilities);
        let named = opened(&params);
        self.initial = params.initialization_options.and_then(settings::our_part);
        self.options.clone_from(&self.initial);
        self.settings_of_all();
        if let Some(sentence) = &self.homeless {
            self.outbox.show(MessageType::ERROR, sentence.clone());
        }
        let given = !named.is_empty();
        for folder in named {
            self.add_folder(folder);
        }
        if !given {
            match self.launch.workspace.clone() {
                Some(folder) => self.add_folder(self.launch.current_dir.join(folder)),
                None => self.guess = true,
            }
        }
        self.encoding
    }

    /// Everything as it is now.
    pub(super) fn scene(&self) -> Scene {
        Scene {
            session: self.session.snapshot(),
            documents: self.documents.clone(),
            places: Arc::clone(&self.places),
            client: Arc::clone(&self.client),
            encoding: self.encoding,
            outbox: self.outbox.clone(),
            progress: self.progress.clone(),
            cache: Arc::clone(&self.cache),
            pools: Arc::clone(&self.pools),
            config: Arc::clone(&self.config),
            mistakes: self.mistakes.iter().map(ToString::to_string).collect(),
            outlines: Arc::clone(&self.outlines),
            running: Arc::clone(&self.running),
            state: self.state.clone(),
            later: self.later.clone(),
        }
    }

    /// Tells the folder at `root`, or every one.
    pub(super) fn tell_folders(&self, root: Option<&Path>, event: impl Fn() -> Event) {
        self.session.tell(root, event);
    }

    pub(super) fn client(&self) -> Arc<ClientFlags> {
        Arc::clone(&self.client)
    }

    pub(super) fn progress(&self) -> &Desk {
        &self.progress
    }

    pub(super) fn open(&mut self, item: TextDocumentItem) {
        let uri = item.uri.clone();
        let document = self.documents.open(item);
        let Some(path) = self.path(&uri) else { return };
        if std::mem::take(&mut self.guess) {
            self.guess_folder(&path);
        }
        self.open_in_session(&uri, &document);
    }

    pub(super) fn change(&mut self, uri: &Uri, version: i32, changes: Vec<TextDocumentContentChangeEvent>) {
        if let Some(document) = self.documents.change(uri, version, changes, self.encoding) {
            self.open_in_session(uri, &document);
        }
    }

    pub(super) fn save(&mut self, uri: &Uri) {
        if let Some(path) = self.path(uri) {
            self.session.look_again([&*path]);
        }
    }

    pub(super) fn close(&mut self, uri: &Uri) {
        self.documents.close(uri);
        if let Some(path) = self.path(uri) {
            self.session.close(&path);
        }
    }

    /// Something may have happened to these files or folders.
    pub(super) fn look_again<'a>(&mut self, uris: impl IntoIterator<Item = &'a Uri>) {
        let mut paths: Vec<PathBuf> = uris.into_iter().filter_map(|uri| self.path(uri)).collect();
        // What is open below them may have moved with them.
        let open: Vec<PathBuf> = self.documents.iter().filter_map(|(uri, _)| self.path(uri)).collect();
        let moved = open.into_iter().filter(|open| paths.iter().any(|path| open != path && open.starts_with(path)));
        let moved: Vec<PathBuf> = moved.collect();
        paths.extend(moved);
        self.session.look_again(paths.iter().map(PathBuf::as_path));
    }

    pub(super) fn change_folders(&mut self, added: Vec<WorkspaceFolder>, removed: &[WorkspaceFolder]) {
        // From now on the client says which folders there are.
        self.guess = false;
        for folder in removed {
            let Some(named) = uri::to_path(&folder.uri) else { continue };
            if let Some(real) = Arc::make_mut(&mut self.places).remove(&named) {
                self.session.remove_folder(&real);
                self.reopen();
            }
        }
        for folder in added {
            if let Some(named) = uri::to_path(&folder.uri) {
                self.add_folder(named);
            } else {
                tracing::info!("{} is no folder on this machine; it is left out", folder.uri.as_str());
            }
        }
    }

    /// The client's settings are others now.
    ///
    /// A client that is asked for them and has none (Neovim answers so) still means what it said at the start.
    pub(super) fn configure(&mut self, options: Option<Value>) {
        self.options = options.or_else(|| self.initial.clone());
        self.configure_again();
    }

    /// Makes out the settings of all folders again: the client's, or a file's, are others now.
    pub(super) fn configure_again(&mut self) {
        self.settings_of_all();
        let roots: Vec<PathBuf> = self.places.roots().map(Path::to_owned).collect();
        let mut mistakes = Vec::new();
        for root in roots {
            let config = self.config(&root);
            mistakes.extend(config.mistakes);
            self.session.configure(&root, &Arc::new(config.settings));
        }
        self.mistakes = mistakes;
        self.tell();
    }

    /// Chooses models for as long as this server runs.
    pub(super) fn select(&mut self, selected: Selected) {
        self.selected.take(selected);
        self.configure_again();
    }

    /// The settings of a folder, with the models that were chosen.
    fn config(&self, root: &Path) -> Config {
        let mut config = self.launch.settings(root, self.options.as_ref());
        self.selected.apply(&mut config.settings);
        config
    }

    /// Makes out what holds for all folders. Other hosts, models or rules about them mean another pool, which is opened when
    /// somebody needs it.
    fn settings_of_all(&mut self) {
        let mut config = self.launch.without_folder(self.options.as_ref());
        logging::change(config.settings.log.level.max(self.launch.least_log));
        self.selected.apply(&mut config.settings);
        self.config = Arc::new(config);
    }

    fn add_folder(&mut self, named: PathBuf) {
        if self.homeless.is_some() {
            return;
        }
        let real = match std::fs::canonicalize(&named) {
            Ok(real) if real.is_dir() => real,
            Ok(_) => return self.warn(&format!("`{}` is not indexed: it is no folder", named.display())),
            Err(error) => {
                return self.warn(&format!("`{}` is not indexed: it cannot be read ({error})", named.display()));
            }
        };
        if let Some(why) = self.refusal(&real) {
            return self.warn(&format!("`{}` is not indexed: {why}; open the folder of a project", named.display()));
        }
        let config = self.config(&real);
        Arc::make_mut(&mut self.places).add(named, real.clone());
        self.session.add_folder(&real, Arc::new(config.settings));
        self.reopen();
        self.mistakes.extend(config.mistakes);
        self.tell();
    }

    /// Without folders, the repository of the first file is one.
    fn guess_folder(&mut self, file: &Path) {
        let root = walk::find_root(file);
        if root.join(".git").exists() && self.refusal(&root).is_none() {
            tracing::info!("no folder is open; {} is taken, because a file of it is", root.display());
            self.add_folder(root);
        } else {
            // The next file may tell.
            self.guess = true;
        }
    }

    /// Why this folder cannot be a workspace.
    fn refusal(&self, real: &Path) -> Option<&'static str> {
        if real.parent().is_none() {
            Some("it is the whole disk")
        } else if self.launch.home().as_deref() == Some(real) {
            Some("it is your home folder")
        } else {
            None
        }
    }

    /// Gives the session the open files under the names that they have now.
    fn reopen(&mut self) {
        let documents = self.documents.clone();
        for (uri, document) in documents.iter() {
            if let Some(named) = uri::to_path(uri)
                && let Some(path) = self.path(uri)
                && named != path
            {
                self.session.close(&named);
                self.session.open(&path, document.version, Arc::clone(&document.text));
            }
        }
    }

    fn open_in_session(&mut self, uri: &Uri, document: &Document) {
        if let Some(path) = self.path(uri) {
            self.session.open(&path, document.version, Arc::clone(&document.text));
        }
    }

    fn path(&self, uri: &Uri) -> Option<PathBuf> {
        Some(self.places.inward(uri::to_path(uri)?))
    }

    fn warn(&self, sentence: &str) {
        tracing::warn!("{sentence}");
        self.outbox.show(MessageType::WARNING, format!("CodeCompass: {sentence}"));
    }

    /// Tells of mistakes that the user was not told of, all in one message.
    fn tell(&mut self) {
        let mut mistakes: Vec<Mistake> = Vec::new();
        for mistake in &self.mistakes {
            if !mistakes.contains(mistake) {
                mistakes.push(mistake.clone());
            }
        }
        Arc::make_mut(&mut self.config).mistakes = mistakes;
        let news: Vec<String> = self.told.news(&self.mistakes).iter().map(ToString::to_string).collect();
        if !news.is_empty() {
            self.warn(&format!("some settings are wrong and ignored: {}", news.join("; ")));
        }
    }
}

/// Tells the user once in the life of the server.
fn warn_of_host(outbox: Outbox) -> hosts::Warn {
    let told = hosts::Told::default();
    Arc::new(move |notice| {
        if told.is_news(notice) {
            let sentence = notice.sentence();
            tracing::warn!("{sentence}");
            outbox.show(MessageType::WARNING, format!("CodeCompass: {sentence}"));
        }
    })
}

/// The folders that the client opened, as it names them.
fn opened(params: &InitializeParams) -> Vec<PathBuf> {
    if let Some(folders) = params.workspace_folders.as_ref().filter(|folders| !folders.is_empty()) {
        return folders.iter().filter_map(|folder| uri::to_path(&folder.uri)).collect();
    }
    #[expect(deprecated, reason = "older clients know nothing else")]
    let (uri, path) = (&params.root_uri, &params.root_path);
    let path = uri.as_ref().and_then(uri::to_path).or_else(|| path.as_ref().map(PathBuf::from));
    path.filter(|path| path.is_absolute()).into_iter().collect()
}
