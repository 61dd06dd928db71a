//! What may be relied on when a machine stops anywhere, a file is damaged, or another model is chosen.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::{collections::BTreeMap, fs, path::Path};

use codecompass_core::{
    document::ContentId,
    embed::Embedder,
    hit::Mode,
    query,
    rank::{self, Features},
};

use super::*;
use crate::{
    overlay::{
        Overlay,
        tests::{Disk, put, texts},
    },
    search::{Request, search},
    snapshot::Snapshot,
    space::Space,
    vectors,
};

const MODEL: &str = "minilm:latest@0123456789ab/384/1";

fn content(number: u32) -> ContentId {
    ContentId::new("", &number.to_string())
}

/// A vector that no other number has.
fn vector(number: u32, dimension: usize) -> Vec<f32> {
    let mut state = u64::from(number) * 2 + 1;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1u32 << 23) as f32 - 1.0
    };
    (0..dimension).map(|_| next()).collect()
}

fn add(writer: &mut StoreWriter, numbers: std::ops::Range<u32>) {
    let vectors: Vec<_> = numbers.clone().map(|number| vector(number, writer.dimension())).collect();
    let batch: Vec<_> = numbers.zip(&vectors).map(|(number, vector)| (content(number), Some(&vector[..]))).collect();
    writer.append(&batch).unwrap();
}

/// A store of three batches: contents 0 to 9, 10 to 14, 15 to 19.
fn filled(folder: &Path, dimension: usize) {
    let mut writer = StoreWriter::open(folder, MODEL, dimension).unwrap();
    for numbers in [0..10, 10..15, 15..20] {
        add(&mut writer, numbers);
    }
}

/// The vector that a content has is its own.
fn assert_own(store: &Store, number: u32) {
    let query = vectors::Query::new(&vector(number, store.dimension()), store.dimension()).unwrap();
    let cosine = store.vectors().score(store.row(content(number)).unwrap(), &query);
    assert!(cosine > 0.999, "{number}: {cosine}");
}

#[test]
fn every_content_keeps_its_vector_whatever_the_dimension() {
    for dimension in [64, 100, 256, 384, 768, 1024, 4096] {
        let folder = tempfile::tempdir().unwrap();
        assert!(Store::open(folder.path(), MODEL).unwrap().is_none());
        filled(folder.path(), dimension);
        let mut writer = StoreWriter::open(folder.path(), MODEL, dimension).unwrap();
        assert_eq!(writer.len(), 20);
        add(&mut writer, 20..23);
        writer.append(&[(content(23), None)]).unwrap();
        let store = Store::open(folder.path(), MODEL).unwrap().unwrap();
        assert_eq!((store.len(), store.dimension(), store.embedder()), (24, dimension, MODEL));
        (0..23).for_each(|number| assert_own(&store, number));
        assert!(store.has_direction(store.row(content(0)).unwrap()));
        assert!(!store.has_direction(store.row(content(23)).unwrap()), "the model could make nothing of it");
        assert_eq!(store.row(content(99)), None);
        assert!(store.is_same(&writer.store().unwrap()));
        assert!(!store.has_grown());
        add(&mut writer, 30..31);
        assert!(store.has_grown());
    }
}

#[test]
fn a_torn_batch_is_cut_off_wherever_it_tore() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path(), 64);
    let path = folder.path().join("contents.bin");
    let rows = fs::read(folder.path().join("rows.bin")).unwrap();
    let whole = fs::read(&path).unwrap();
    let mut seen = std::collections::BTreeSet::new();
    for length in (0..whole.len()).step_by(3) {
        fs::write(&path, &whole[..length]).unwrap();
        fs::write(folder.path().join("rows.bin"), [&rows[..], b"torn"].concat()).unwrap();
        let store = Store::open(folder.path(), MODEL).unwrap();
        let count = store.as_ref().map_or(0, Store::len);
        seen.insert(count);
        (0..count as u32).for_each(|number| assert_own(store.as_ref().unwrap(), number));
        let mut writer = StoreWriter::open(folder.path(), MODEL, 64).unwrap();
        assert_eq!(writer.len(), count);
        add(&mut writer, count as u32..20);
        let store = Store::open(folder.path(), MODEL).unwrap().unwrap();
        (0..20).for_each(|number| assert_own(&store, number));
    }
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), [0, 10, 15], "a batch is there whole or not at all");
}

#[test]
fn damaged_vectors_are_made_again_and_the_others_kept() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path(), 64);
    let path = folder.path().join("rows.bin");
    let mut bytes = fs::read(&path).unwrap();
    // In the second batch: 64 bytes of header, rows of 64 + 16 bytes.
    bytes[64 + 80 * 12 + 5] ^= 0x40;
    fs::write(&path, bytes).unwrap();
    let mut writer = StoreWriter::open(folder.path(), MODEL, 64).unwrap();
    let known: Vec<u32> = (0..20).filter(|number| writer.knows(content(*number))).collect();
    assert_eq!(known, (0..10).chain(15..20).collect::<Vec<_>>());
    add(&mut writer, 10..15);
    let store = Store::open(folder.path(), MODEL).unwrap().unwrap();
    (0..20).for_each(|number| assert_own(&store, number));
}

#[test]
fn damage_of_the_list_never_gives_a_wrong_vector() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path(), 64);
    let path = folder.path().join("contents.bin");
    let whole = fs::read(&path).unwrap();
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x10;
        fs::write(&path, bytes).unwrap();
        match Store::open(folder.path(), MODEL) {
            Ok(Some(store)) => (0..store.len() as u32).for_each(|number| assert_own(&store, number)),
            Ok(None) => {}
            Err(error) => assert!(error.is_damage(), "{error}"),
        }
    }
    fs::write(&path, b"this is no list of contents, and long enough that it could be one: seventy bytes or more")
        .unwrap();
    assert!(Store::open(folder.path(), MODEL).unwrap_err().is_damage());
    let mut writer = StoreWriter::open(folder.path(), MODEL, 64).unwrap();
    assert!(writer.is_empty(), "it is begun anew");
    add(&mut writer, 0..5);
    assert_own(&Store::open(folder.path(), MODEL).unwrap().unwrap(), 4);
}

#[test]
fn two_models_or_dimensions_never_meet() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path(), 64);
    assert!(Store::open(folder.path(), "another").unwrap_err().is_damage());
    let mut writer = StoreWriter::open(folder.path(), MODEL, 128).unwrap();
    assert!(writer.is_empty(), "a store of another dimension is begun anew");
    assert!(writer.append(&[(content(1), Some(&[1.0; 64]))]).is_err(), "the model changed its dimension");

    let home = home(folder.path());
    assert_ne!(home.folder(MODEL), home.folder("minilm:latest@0123456789ab/384/2"));
    assert_ne!(home.folder("a/b"), home.folder("a:b"));
    assert_eq!(home.folder("../../etc").parent(), home.folder("x").parent(), "no name leads out");
}

fn home(folder: &Path) -> Home {
    let space = Space::locate(folder, Path::new("/project"), "builtin");
    space.create(Path::new("/project")).unwrap();
    Home::of(&space)
}

#[test]
fn the_switch_is_one_step_and_the_old_store_goes_after_it() {
    let folder = tempfile::tempdir().unwrap();
    let home = home(folder.path());
    assert_eq!((home.current(), home.wanted()), (None, None));
    for model in ["one", "two"] {
        filled(&home.create(model, &format!("about {model}")).unwrap(), 64);
        home.want(model).unwrap();
    }
    assert_eq!(home.current(), None, "filled is not yet switched to");
    home.switch("one").unwrap();
    assert_eq!((home.current().as_deref(), home.wanted().as_deref()), (Some("about one"), Some("about two")));
    home.switch("two").unwrap();
    assert_eq!(home.current().as_deref(), Some("about two"));
    assert!(home.folder("one").exists());
    home.keep_only("two");
    assert!(!home.folder("one").exists());
    assert_eq!(home.current().as_deref(), Some("about two"));

    fs::write(home.folder("two").parent().unwrap().join("current"), "../../../etc").unwrap();
    assert_eq!(home.current(), None, "a name that leads elsewhere is none");
}

#[test]
fn one_process_fills() {
    let folder = tempfile::tempdir().unwrap();
    let home = home(folder.path());
    let first = home.lock().unwrap().unwrap();
    assert!(home.lock().unwrap().is_none());
    drop(first);
    assert!(home.lock().unwrap().is_some());
}

/// A model that makes the built-in vectors, so that its results can be known.
fn like_builtin(folder: &Path, snapshot: &Snapshot) -> StoreWriter {
    let mut writer = StoreWriter::open(folder, "like builtin", Embedder::DIMENSION).unwrap();
    for chunk in snapshot.living_chunks() {
        let (content, vector) = (snapshot.content(chunk).unwrap(), snapshot.vector_of(chunk));
        if !writer.knows(content) {
            writer.append(&[(content, vector.as_deref())]).unwrap();
        }
    }
    writer
}

/// What is known of each chunk that is found, whoever made the vectors.
fn known(snapshot: &Snapshot, text: &str, linked: Option<&Linked>) -> BTreeMap<u32, Features> {
    let query = query::parse(text).unwrap();
    let vector = Embedder::builtin().query(&query.text);
    let request = Request {
        query: &query,
        mode: Mode::Hybrid,
        limit: 1000,
        path_filter: None,
        embedder: Some(Embedder::builtin()),
        vector: None,
        hosted: linked.map(|linked| (linked, &vector[..])),
    };
    let found = search(snapshot, &request).unwrap();
    let whole = if linked.is_some() { rank::HOSTED_COSINE } else { rank::COSINE };
    let features = |mut features: Features| {
        let cosine = features[whole];
        features[rank::HOSTED_COSINE] = 0.0;
        features[rank::COSINE] = cosine;
        features
    };
    found.iter().map(|hit| (hit.chunk, features(hit.features))).collect()
}

fn assert_same(one: &BTreeMap<u32, Features>, other: &BTreeMap<u32, Features>) {
    assert!(!one.is_empty());
    assert_eq!(one.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>(), "the same chunks");
    for (chunk, features) in one {
        for (a, b) in features.iter().zip(&other[chunk]) {
            assert!((a - b).abs() < 0.01, "{chunk}: {features:?} and {:?}", other[chunk]);
        }
    }
}

#[test]
fn a_model_that_thinks_as_the_built_in_one_finds_the_same() {
    let (_disk, base) = Disk::of(&texts(30));
    let folder = tempfile::tempdir().unwrap();
    let store = like_builtin(folder.path(), &base).store().unwrap();
    let linked = Linked::new(&store, &base, None).unwrap();
    assert!(base.living_chunks().all(|chunk| linked.has(chunk) && !linked.is_refused(chunk)));
    // What is typed now, the model has not seen; a copy of what it has seen is known at once.
    let (copied, text) = (texts(30)[4].1.clone(), "/// Normalizes quaternions.\nfn normalize() {}\n");
    let overlay = Overlay::default().with(vec![put("docs/new.rs", text), put("docs/copy.rs", &copied)]);
    let over = Snapshot::over(&base, &overlay);
    let relinked = Linked::new(&store, &over, Some(&linked)).unwrap();
    let unseen: Vec<&str> = over
        .living_chunks()
        .filter(|&chunk| !relinked.has(chunk))
        .map(|chunk| over.file(chunk).path.as_str())
        .collect();
    assert_eq!(unseen, ["docs/new.rs"]);
    for text in ["parse the header of a socket", "where is a packet encoded and queued", "normalize a quaternion"] {
        assert_same(&known(&base, text, Some(&linked)), &known(&base, text, None));
        assert_same(&known(&over, text, Some(&relinked)), &known(&over, text, None));
    }
}
