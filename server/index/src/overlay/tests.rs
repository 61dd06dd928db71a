//! What a person may rely on while editing: results are those of an index of the texts as they are now.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::{fmt::Write as _, sync::Arc};

use codecompass_core::{
    document::{Document, document},
    embed::{Embedder, Scratch},
    hit::Mode,
    language, query,
};
use tempfile::TempDir;

use super::{Change, Embedded, FileVersion, Known, MAX_SEGMENTS, Overlay, OverlayFile};
use crate::{
    catalogue::{Fate, FileRow},
    search::{Request, search},
    snapshot::Snapshot,
    space::Space,
    symbols,
    writer::{Batch, Writer},
};

/// An index on disk.
pub(crate) struct Disk {
    pub(crate) space: Space,
    _folder: TempDir,
}

pub(crate) type Texts = Vec<(String, String)>;

impl Disk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let space = Space::locate(folder.path(), folder.path(), Embedder::builtin().id());
        space.create(folder.path()).unwrap();
        Self { space, _folder: folder }
    }

    /// One of these texts.
    pub(crate) fn of(texts: &[(String, String)]) -> (Self, Arc<Snapshot>) {
        let disk = Self::new();
        disk.commit(texts, &[]);
        let snapshot = disk.open();
        (disk, snapshot)
    }

    fn writer(&self) -> Writer {
        Writer::open(&self.space, Embedder::builtin().id(), Embedder::DIMENSION).unwrap().unwrap()
    }

    fn open(&self) -> Arc<Snapshot> {
        Arc::new(Snapshot::open(&self.space, Embedder::builtin().id(), None).unwrap().unwrap())
    }

    fn commit(&self, texts: &[(String, String)], removed: &[&str]) {
        let writer = self.writer();
        let mut scratch = Scratch::default();
        let mut segment = writer.start_segment().unwrap();
        let removed = removed.iter().map(|path| (*path).to_owned()).collect();
        let mut batch = Batch { removed, complete: true, ..Batch::default() };
        for (path, text) in texts {
            let document = cut(path, text);
            let rows: Vec<u32> = document
                .chunks
                .iter()
                .map(|chunk| {
                    let body = &text[chunk.range.start as usize..chunk.range.end as usize];
                    let vectors = Embedder::builtin().chunk(&chunk.header, body, &mut scratch);
                    writer.add_vector(chunk.content, &vectors).unwrap()
                })
                .collect();
            let file = segment.add(&document, text.len() as u64, &rows).unwrap();
            let fate = Fate::Indexed { segment: segment.id(), file };
            batch.files.push((path.clone(), FileRow { fate, ..row(text) }));
        }
        batch.segment = Some(segment);
        writer.commit(batch).unwrap();
    }
}

fn cut(path: &str, text: &str) -> Document {
    document(path, language::detect(path, text), text, &|| false)
}

fn version(text: &str) -> FileVersion {
    let mut hash = [0; 16];
    hash.copy_from_slice(&blake3::hash(text.as_bytes()).as_bytes()[..16]);
    FileVersion { size: text.len() as u64, mtime_ns: 1, hash }
}

fn row(text: &str) -> FileRow {
    let FileVersion { size, mtime_ns, hash } = version(text);
    FileRow { size, mtime_ns, hash, fate: Fate::Skipped(codecompass_core::skip::SkipReason::Binary) }
}

fn make(path: &str, text: &str, known: &Known<'_>) -> (OverlayFile, Embedded) {
    let scratch = &mut Scratch::default();
    OverlayFile::new(cut(path, text), text, version(text), Embedder::builtin(), known, scratch)
}

pub(crate) fn put(path: &str, text: &str) -> (String, Change) {
    (path.to_owned(), make(path, text, &Known::default()).0.into())
}

/// Sources with words in common and of their own.
pub(crate) fn texts(count: usize) -> Texts {
    const VERBS: [&str; 5] = ["parse", "merge", "queue", "retry", "encode"];
    const NOUNS: [&str; 7] = ["header", "socket", "cursor", "token", "buffer", "window", "packet"];
    (0..count)
        .map(|number| {
            let mut text = String::new();
            for part in 0..4 {
                let verb = VERBS[(number + part) % VERBS.len()];
                let noun = NOUNS[(number * 3 + part * part) % NOUNS.len()];
                let other = NOUNS[(number + 5 * part) % NOUNS.len()];
                write!(
                    text,
                    "/// Tells the {noun} to {verb} every {other} of stage {number}.\npub fn {verb}_{noun}_{number}(\
                     {other}: &str) -> Option<usize> {{\n"
                )
                .unwrap();
                for line in 0..6 + (number + part) % 9 {
                    let word = NOUNS[(number + line + part) % NOUNS.len()];
                    writeln!(text, "    let {word} = {other}.{verb}_{word}({line}, \"{noun} {number}\")?;").unwrap();
                }
                write!(text, "    Some({other}.len() + {number})\n}}\n\n").unwrap();
            }
            (format!("src/{}/{}_{number}.rs", NOUNS[number % 7], VERBS[number % 5]), text)
        })
        .collect()
}

const QUERIES: [&str; 6] = [
    "parse the header of a socket",
    "where is a packet encoded and queued",
    "retry_buffer_3",
    "merge windows",
    "cursor tokens \"token 8\"",
    "normalization of quaternions",
];

/// All hits of a query: where they are and how well they score.
fn hits(snapshot: &Snapshot, text: &str) -> Vec<(String, u32, f32)> {
    let query = query::parse(text).unwrap();
    let embedder = Some(Embedder::builtin());
    let request = Request {
        query: &query,
        mode: Mode::Hybrid,
        limit: 1000,
        path_filter: None,
        embedder,
        vector: None,
        hosted: None,
    };
    let found = search(snapshot, &request).unwrap();
    found
        .iter()
        .map(|hit| (snapshot.file(hit.chunk).path.clone(), snapshot.row(hit.chunk).start_line, hit.score))
        .collect()
}

/// Whether a person sees the same in both.
fn assert_same(one: &Snapshot, other: &Snapshot) {
    for query in QUERIES {
        let (one, other) = (hits(one, query), hits(other, query));
        let places =
            |hits: &[(String, u32, f32)]| hits.iter().map(|(path, line, _)| (path.clone(), *line)).collect::<Vec<_>>();
        assert_eq!(places(&one), places(&other), "{query}");
        for ((path, line, a), (_, _, b)) in one.iter().zip(&other) {
            assert!((a - b).abs() < 1e-5, "{query}: {path}:{line} scores {a} and {b}");
        }
    }
    assert_eq!(one.chunk_count(), other.chunk_count());
    assert_eq!(one.file_count(), other.file_count());
    assert_eq!(one.embedded_count(), other.embedded_count());
    assert_eq!(one.files.len(), other.files.len());
    assert_eq!(one.text_bytes(), other.text_bytes());
}

/// The texts after some edits, and the edits as an overlay.
fn edited() -> (Texts, Texts, Vec<(String, Change)>) {
    let before = texts(30);
    let mut after = before.clone();
    let mut changes = Vec::new();
    for number in [3, 8, 21] {
        after[number].1 = after[number].1.replace("socket", "quaternion").replace("Tells", "Asks");
        changes.push(put(&after[number].0, &after[number].1));
    }
    let (gone, _) = after.remove(12);
    changes.push((gone, Change::Gone));
    let new =
        ("docs/normalize.rs".to_owned(), "/// Normalizes quaternions.\nfn normalize(packet: &str) {}\n".to_owned());
    changes.push(put(&new.0, &new.1));
    after.push(new);
    (before, after, changes)
}

#[test]
fn results_are_those_of_an_index_from_scratch() {
    let (before, after, changes) = edited();
    let (_one, base) = Disk::of(&before);
    let (_other, scratch) = Disk::of(&after);
    let at_once = Overlay::default().with(changes.clone());
    assert_same(&Snapshot::over(&base, &at_once), &scratch);
    let one_by_one = changes.into_iter().fold(Overlay::default(), |overlay, change| overlay.with(vec![change]));
    assert_same(&Snapshot::over(&base, &one_by_one), &scratch);
}

#[test]
fn before_the_first_commit_what_is_open_is_found() {
    let all = texts(8);
    let nothing = Arc::new(Snapshot::empty(Embedder::builtin().id(), Embedder::DIMENSION).unwrap());
    assert!(hits(&nothing, QUERIES[0]).is_empty());
    let overlay = Overlay::default().with(all.iter().map(|(path, text)| put(path, text)).collect());
    let (_disk, scratch) = Disk::of(&all);
    assert_same(&Snapshot::over(&nothing, &overlay), &scratch);
}

#[test]
fn without_restores_what_the_disk_holds() {
    let (before, _, changes) = edited();
    let (_disk, base) = Disk::of(&before);
    let overlay = Overlay::default().with(changes);
    let paths: Vec<String> = overlay.paths().map(str::to_owned).collect();
    let restored = overlay.without(&paths);
    assert!(restored.is_empty() && !overlay.is_empty());
    assert_same(&Snapshot::over(&base, &restored), &base);
}

#[test]
fn a_path_is_found_once_and_as_it_is_now() {
    let (_disk, base) = Disk::of(&texts(5));
    let path = "src/header/parse_0.rs";
    let mut overlay = Overlay::default();
    for word in ["alpha", "beta", "gamma"] {
        overlay = overlay.with(vec![put(path, &format!("fn {word}_merger() {{ header(); }}\n"))]);
    }
    // Twice in one batch: the last one counts.
    overlay = overlay.with(vec![put(path, "fn one() { header(); }\n"), put(path, "fn two() { header(); }\n")]);
    let snapshot = Snapshot::over(&base, &overlay);
    let found: Vec<_> = hits(&snapshot, "header").into_iter().filter(|(found, ..)| found == path).collect();
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(symbols::definitions(&snapshot, "two").unwrap().len(), 1);
    for old in ["one", "alpha_merger", "gamma_merger", "parse_header_0"] {
        assert!(symbols::definitions(&snapshot, old).unwrap().is_empty(), "{old} is not there any more");
    }
    assert_eq!(overlay.segments().len(), 1, "what nobody can find is let go");
}

#[test]
fn names_and_callers_are_those_of_now() {
    let (_disk, base) = Disk::of(&texts(3));
    let text = "fn brand_new(x: u8) {}\n\nfn caller() {\n    brand_new(1);\n    parse_header_0(\"a\");\n}\n";
    let overlay = Overlay::default().with(vec![put("src/a.rs", text)]);
    let snapshot = Snapshot::over(&base, &overlay);
    assert_eq!(symbols::definitions(&snapshot, "Brand_New").unwrap()[0].path, "src/a.rs");
    assert_eq!(symbols::names_with_prefix(&snapshot, "brand", 9).unwrap(), ["brand_new"]);
    assert_eq!(symbols::names_like(&snapshot, "brnad_new", 9).unwrap(), ["brand_new"]);
    let callers: Vec<_> = symbols::references(&snapshot, "brand_new").unwrap();
    assert_eq!(callers.iter().map(|found| (found.line, found.within.as_str())).collect::<Vec<_>>(), [(3, "caller")]);
    let count = |snapshot: &Snapshot| symbols::reference_count(snapshot, "parse_header_0").unwrap();
    assert_eq!(count(&snapshot), count(&base) + 1);
    let chunks = snapshot.chunks_of("src/a.rs").unwrap();
    assert!(chunks.clone().all(|chunk| snapshot.vector_of(chunk).is_some()));
    assert!(snapshot.record(chunks.start).unwrap().definitions.iter().any(|symbol| symbol.name == "brand_new"));
}

#[test]
fn what_is_gone_or_skipped_is_hidden() {
    let all = texts(4);
    let (_disk, base) = Disk::of(&all);
    let skipped = FileRow { size: 9, ..row("binary") };
    let changes = vec![(all[0].0.clone(), Change::Gone), (all[1].0.clone(), Change::Skipped(skipped.clone()))];
    let snapshot = Snapshot::over(&base, &Overlay::default().with(changes));
    assert!(hits(&snapshot, "header socket").iter().all(|(path, ..)| *path != all[0].0 && *path != all[1].0));
    assert_eq!(snapshot.files.get(&all[0].0), None);
    assert_eq!(snapshot.files.get(&all[1].0), Some(&skipped), "`why` can say why");
    assert!(snapshot.chunks_of(&all[1].0).is_none());
    assert_eq!((snapshot.files.len(), snapshot.file_count()), (3, 2));
}

#[test]
fn an_edit_embeds_only_the_changed_chunks() {
    let (path, text) = texts(1).remove(0);
    let text = text + &texts(9)[8].1 + &texts(5)[4].1;
    let (_disk, base) = Disk::of(&[(path.clone(), text.clone())]);
    let chunks = cut(&path, &text).chunks.len() as u32;
    assert!(chunks >= 4, "{chunks} chunks");

    let edit = text.replacen("Some(", "Option::Some(", 1);
    let mut known = Known::default();
    known.indexed(&base, &path).unwrap();
    let (first, counts) = make(&path, &edit, &known);
    assert_eq!(counts, Embedded { fresh: 1, reused: chunks - 1 }, "against what the disk holds");

    let overlay = Overlay::default().with(vec![(path.clone(), first.clone().into())]);
    let snapshot = Snapshot::over(&base, &overlay);
    let mut known = Known::default();
    known.file(&first);
    let second = edit.replacen("Asks", "Begs", 1) + "\nfn more() { edit(); }\n";
    let (_, counts) = make(&path, &second, &known);
    assert!(counts.fresh <= 2 && counts.reused >= chunks - 1, "against the edit before: {counts:?}");

    let mut known = Known::default();
    known.indexed(&snapshot, &path).unwrap();
    let (_, counts) = make("src/renamed.rs", &text, &known);
    assert_eq!(counts, Embedded { fresh: 0, reused: chunks }, "the undone edit of a renamed file");
}

#[test]
fn many_small_changes_are_merged_and_found_the_same() {
    let all = texts(24);
    let (_disk, scratch) = Disk::of(&all);
    let (_old, base) = Disk::of(&all[..4]);
    let mut overlay = Overlay::default();
    for (path, text) in &all[4..] {
        overlay = overlay.with(vec![put(path, "fn soon_replaced() {}\n")]);
        overlay = overlay.with(vec![put(path, text)]);
        assert!(overlay.segments().len() <= MAX_SEGMENTS);
    }
    assert_same(&Snapshot::over(&base, &overlay), &scratch);
}

#[test]
fn a_commit_of_the_overlay_takes_its_place() {
    let (before, after, changes) = edited();
    let (disk, base) = Disk::of(&before);
    let overlay = Overlay::default().with(changes);
    let writer = disk.writer();
    let mut batch = Batch::default();
    for (path, change) in overlay.iter() {
        match change {
            Change::Put(file) => writer.put(&mut batch, file).unwrap(),
            Change::Skipped(row) => batch.files.push((path.to_owned(), row.clone())),
            Change::Gone => batch.removed.push(path.to_owned()),
        }
    }
    writer.commit(batch).unwrap();
    let known = Snapshot::over(&base, &overlay);
    let later = Snapshot::open(&disk.space, Embedder::builtin().id(), Some(&known)).unwrap().unwrap();

    // Typed meanwhile: that stays.
    let (path, text) = &after[3];
    let typed = overlay.with(vec![put(path, &format!("{text}fn typed() {{}}\n"))]);
    assert_eq!(typed.settle(&later).paths().collect::<Vec<_>>(), [path]);
    assert!(overlay.settle(&later).is_empty());
    assert_eq!(overlay.settle(&base).len(), overlay.len());
    let (_scratch_disk, scratch) = Disk::of(&after);
    assert_same(&later, &scratch);
}

#[test]
fn a_resting_writer_lets_others_write_and_knows_what_they_wrote() {
    let all = texts(6);
    let (disk, _) = Disk::of(&all[..2]);
    let mut resting = disk.writer().rest();
    let stamp = disk.space.stamp().unwrap();
    assert!(disk.space.stamp().is_some_and(|now| stamp.same_file(&now)));

    let first = resting.wake().unwrap().expect("nobody else writes");
    let content = cut(&all[0].0, &all[0].1).chunks[0].content;
    assert!(first.known_vector(content).is_some(), "what was known is known");
    let lost = make("x.rs", "fn lost() {}\n", &Known::default()).0;
    first.put(&mut Batch::default(), &lost).unwrap();
    let mut resting = first.rest();

    disk.commit(&all[2..4], &[]);
    assert!(stamp.may_differ(&disk.space.stamp().unwrap()));
    let other = disk.writer();
    assert!(resting.wake().unwrap().is_none(), "another one writes");
    drop(other);
    let second = resting.wake().unwrap().expect("nobody else writes");
    assert_eq!(second.state().generation, 2);
    assert!(second.known_vector(lost.document.chunks[0].content).is_none(), "it was never committed");
    let mut batch = Batch::default();
    for (path, text) in &all[4..] {
        second.put(&mut batch, &make(path, text, &Known::default()).0).unwrap();
    }
    second.commit(batch).unwrap();
    let (_scratch_disk, scratch) = Disk::of(&all);
    assert_same(&disk.open(), &scratch);
}
