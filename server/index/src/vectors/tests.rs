//! The store through crashes and damage, and the search against a plain one.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::fs::{self, OpenOptions};
use std::io::Write;

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;

const EMBEDDER: &str = "test-1";

/// Random numbers between minus one and one, the same in every run.
fn random(seed: u64) -> impl FnMut() -> f32 {
    let mut state = seed.wrapping_mul(2).wrapping_add(1);
    move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1u32 << 23) as f32 - 1.0
    }
}

fn unit(mut vector: Vec<f32>) -> Vec<f32> {
    let norm = vector.iter().map(|component| component * component).sum::<f32>().sqrt();
    for component in &mut vector {
        *component /= norm;
    }
    vector
}

/// Unit vectors around a few centres, as chunks of the same files are.
fn sample(count: usize, dimension: usize) -> Vec<Vec<f32>> {
    let mut next = random(1);
    let centres: Vec<Vec<f32>> = (0..20).map(|_| (0..dimension).map(|_| next()).collect()).collect();
    (0..count).map(|at| unit(centres[at % 20].iter().map(|component| component + 0.8 * next()).collect())).collect()
}

fn window(vector: &[f32]) -> [f32; WINDOW_DIMENSION] {
    unit(vector[..WINDOW_DIMENSION].to_vec()).try_into().unwrap()
}

fn write(folder: &Path, vectors: &[Vec<f32>]) -> Counts {
    let mut writer = VectorsWriter::open(folder, EMBEDDER, vectors[0].len(), Counts::default()).unwrap();
    for vector in vectors {
        writer.append(vector, 2.5, &[]).unwrap();
    }
    writer.sync().unwrap()
}

fn stored(vectors: &[Vec<f32>]) -> (TempDir, Vectors) {
    let folder = tempfile::tempdir().unwrap();
    let counts = write(folder.path(), vectors);
    let vectors = Vectors::open(folder.path(), EMBEDDER, counts).unwrap();
    (folder, vectors)
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[test]
fn rows_and_windows_come_back() {
    for dimension in [128, 256, 384, 1000] {
        let folder = tempfile::tempdir().unwrap();
        let vectors = sample(50, dimension);
        let mut writer = VectorsWriter::open(folder.path(), EMBEDDER, dimension, Counts::default()).unwrap();
        for (row, vector) in vectors.iter().enumerate() {
            let windows = vec![window(vector); row % 3];
            assert_eq!(writer.append(vector, row as f32, &windows).unwrap(), row as u32);
        }
        let counts = writer.sync().unwrap();
        assert_eq!(counts, Counts { rows: 50, windows: 49 });

        let read = Vectors::open(folder.path(), EMBEDDER, counts).unwrap();
        assert_eq!((read.dimension(), read.counts()), (dimension, counts));
        for (row, vector) in (0..).zip(&vectors) {
            let query = Query::new(vector, dimension).unwrap();
            assert!((read.score(row, &query) - 1.0).abs() < 1e-3);
            assert!(cosine(&read.dequantise(row).unwrap(), vector) > 0.999);
            assert_eq!(read.norm(row), Some(row as f32));
            let best = read.best_window(row, &query);
            assert_eq!(best.is_some(), row % 3 > 0);
            assert!(best.is_none_or(|(_, cosine)| cosine > 0.98), "{best:?}");
        }
        assert_eq!((read.dequantise(50), read.norm(50)), (None, None));
    }
}

#[test]
fn the_best_window_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let vectors = sample(3, 256);
    let windows: Vec<_> = vectors.iter().map(|vector| window(vector)).collect();
    let mut writer = VectorsWriter::open(folder.path(), EMBEDDER, 256, Counts::default()).unwrap();
    writer.append(&vectors[0], 1.0, &windows).unwrap();
    let read = Vectors::open(folder.path(), EMBEDDER, writer.sync().unwrap()).unwrap();
    for (index, vector) in vectors.iter().enumerate() {
        let query = Query::new(vector, 256).unwrap();
        assert_eq!(read.best_window(0, &query).unwrap().0, index);
    }
}

#[test]
fn a_torn_append_is_ignored_and_cut_off() {
    let folder = tempfile::tempdir().unwrap();
    let vectors = sample(30, 256);
    let committed = write(folder.path(), &vectors[..20]);
    let clean = files::Part::ALL.map(|part| fs::read(part.path(folder.path())).unwrap());
    for part in files::Part::ALL {
        let mut file = OpenOptions::new().append(true).open(part.path(folder.path())).unwrap();
        file.write_all(&[7; 101]).unwrap();
    }
    let before = Vectors::open(folder.path(), EMBEDDER, committed).unwrap();
    assert_eq!(before.counts().rows, 20);

    let mut writer = VectorsWriter::open(folder.path(), EMBEDDER, 256, committed).unwrap();
    let cut = files::Part::ALL.map(|part| fs::read(part.path(folder.path())).unwrap());
    assert_eq!(cut, clean);
    for vector in &vectors[20..] {
        writer.append(vector, 1.0, &[window(vector)]).unwrap();
    }
    let counts = writer.sync().unwrap();
    let after = Vectors::open(folder.path(), EMBEDDER, counts).unwrap();
    for (row, vector) in (0..).zip(&vectors) {
        assert!(cosine(&after.dequantise(row).unwrap(), vector) > 0.999, "row {row}");
    }
    // Whoever opened earlier still sees what was committed then.
    assert_eq!(before.scan(&Query::new(&vectors[25], 256).unwrap(), 100, |_| false).len(), 20);
}

#[test]
fn beginning_anew_leaves_readers_alone() {
    let folder = tempfile::tempdir().unwrap();
    let vectors = sample(20, 256);
    let old = Vectors::open(folder.path(), EMBEDDER, write(folder.path(), &vectors)).unwrap();
    write(folder.path(), &vectors[..1]);
    assert!(cosine(&old.dequantise(19).unwrap(), &vectors[19]) > 0.999);
}

#[test]
fn damage_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let committed = write(folder.path(), &sample(20, 256));
    let open = |committed| Vectors::open(folder.path(), EMBEDDER, committed).map(|_| ());
    let damage = |part: files::Part, at: usize, to: u8| {
        let path = part.path(folder.path());
        let whole = fs::read(&path).unwrap();
        let mut bytes = whole.clone();
        bytes[at] = to;
        fs::write(&path, bytes).unwrap();
        let found = open(committed);
        fs::write(&path, whole).unwrap();
        found
    };
    for part in files::Part::ALL {
        assert!(matches!(damage(part, 0, b'x'), Err(VectorsError::Corrupt { .. })), "magic");
        assert!(matches!(damage(part, 8, 99), Err(VectorsError::Corrupt { .. })), "version");
        assert!(matches!(damage(part, 14, 99), Err(VectorsError::Corrupt { .. })), "dimension");
        assert!(matches!(damage(part, 20, 99), Err(VectorsError::OtherEmbedder { .. })), "space");
    }
    assert!(matches!(damage(files::Part::Signs, 12, 1), Err(VectorsError::Corrupt { .. })), "one dimension for all");
    open(committed).unwrap();

    let more = Counts { rows: 21, windows: 0 };
    assert!(matches!(open(more), Err(VectorsError::Short { .. })));
    let writer = VectorsWriter::open(folder.path(), EMBEDDER, 256, more).map(|_| ());
    assert!(matches!(writer, Err(VectorsError::Short { .. })));
    let other = Vectors::open(folder.path(), "test-2", committed).map(|_| ());
    assert!(matches!(other, Err(VectorsError::OtherEmbedder { .. })));
    fs::remove_file(files::Part::Rows.path(folder.path())).unwrap();
    assert!(matches!(open(committed), Err(VectorsError::Io { .. })));
}

#[test]
fn a_wrong_dimension_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let committed = write(folder.path(), &sample(1, 256));
    let dimension = |error| matches!(error, VectorsError::Dimension { .. });
    let mut writer = VectorsWriter::open(folder.path(), EMBEDDER, 256, committed).unwrap();
    assert!(dimension(writer.append(&[1.0; 255], 1.0, &[]).unwrap_err()));
    assert_eq!(writer.counts(), committed, "nothing was appended");
    assert!(dimension(VectorsWriter::open(folder.path(), EMBEDDER, 384, committed).map(|_| ()).unwrap_err()));
    assert!(dimension(VectorsWriter::open(folder.path(), "x", 0, Counts::default()).map(|_| ()).unwrap_err()));
    assert!(dimension(Query::new(&[1.0; 384], 256).unwrap_err()));
}

#[cfg(unix)]
#[test]
fn only_the_owner_reads_the_files() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, vectors) = stored(&sample(30, 256));
    vectors.build_graph().unwrap();
    for entry in fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{}", entry.path().display());
    }
}

/// The nearest by the plain definition, over the vectors as they were stored.
fn naive(vectors: &Vectors, query: &Query, k: usize, skip: impl Fn(u32) -> bool) -> Vec<Near> {
    let rows = (0..vectors.counts().rows).filter(|&row| !skip(row));
    let mut all: Vec<Near> = rows.map(|row| Near { row, cosine: vectors.score(row, query) }).collect();
    all.sort_by(|a, b| b.cosine.total_cmp(&a.cosine).then(a.row.cmp(&b.row)));
    all.truncate(k);
    all
}

#[test]
fn the_scan_finds_what_a_plain_one_finds() {
    for dimension in [250, 256, 768] {
        let sample = sample(1500, dimension);
        let (_folder, vectors) = stored(&sample);
        for vector in sample.iter().step_by(400) {
            let query = Query::new(vector, dimension).unwrap();
            for k in [0, 1, 10, 2000] {
                assert_eq!(vectors.scan(&query, k, |_| false), naive(&vectors, &query, k, |_| false));
                assert_eq!(
                    vectors.search(&query, k, |row| row % 3 == 0),
                    naive(&vectors, &query, k, |row| row % 3 == 0)
                );
            }
            let exact = cosine(&vectors.dequantise(700).unwrap(), vector);
            assert!(
                (vectors.score(700, &query) - exact).abs() < 1e-3,
                "a query loses next to nothing in whole numbers"
            );
        }
    }
}

#[test]
fn equal_rows_are_found_in_their_order() {
    let (_folder, vectors) = stored(&vec![sample(1, 256).remove(0); 70_000]);
    let query = Query::new(&sample(1, 256)[0], 256).unwrap();
    let rows = |found: Vec<Near>| found.into_iter().map(|near| near.row).collect::<Vec<_>>();
    assert_eq!(rows(vectors.scan(&query, 3, |_| false)), [0, 1, 2]);
    assert_eq!(rows(vectors.search(&query, 3, |row| row < 69_000)), [69_000, 69_001, 69_002]);
}

#[test]
fn the_signs_choose_well() {
    let sample = sample(SIGNS_FROM as usize * 3, 256);
    let (_folder, vectors) = stored(&sample);
    let mut same = 0;
    let queries: Vec<Query> = sample.iter().step_by(4001).map(|vector| Query::new(vector, 256).unwrap()).collect();
    for query in &queries {
        let exact = vectors.scan(query, 10, |_| false);
        let found = vectors.search(query, 10, |_| false);
        same += found.iter().filter(|near| exact.contains(near)).count();
        // Only a few rows are left, and none of them is near: they are still found.
        let few = |row: u32| row % 5000 != 7;
        assert_eq!(vectors.search(query, 10, few), vectors.scan(query, 10, few));
    }
    assert!(same * 100 >= queries.len() * 10 * 98, "{same} of {}", queries.len() * 10);
}

#[test]
fn a_graph_finds_rows_and_lets_fresh_ones_in() {
    let folder = tempfile::tempdir().unwrap();
    let sample = sample(2000, 256);
    let sealed = write(folder.path(), &sample[..1500]);
    Vectors::open(folder.path(), EMBEDDER, sealed).unwrap().build_graph().unwrap();
    let mut writer = VectorsWriter::open(folder.path(), EMBEDDER, 256, sealed).unwrap();
    for vector in &sample[1500..] {
        writer.append(vector, 1.0, &[]).unwrap();
    }
    let vectors = Vectors::open(folder.path(), EMBEDDER, writer.sync().unwrap()).unwrap();
    assert!(vectors.load_graph().unwrap());

    let mut same = 0;
    for vector in sample.iter().step_by(20) {
        let query = Query::new(vector, 256).unwrap();
        let exact = vectors.scan(&query, 10, |row| row % 7 == 0);
        let found = vectors.search(&query, 10, |row| row % 7 == 0);
        assert!(found.is_sorted_by(|a, b| a.cosine >= b.cosine));
        same += found.iter().filter(|near| exact.contains(near)).count();
    }
    assert!(same >= 950, "{same} of 1000");
    let fresh = Query::new(&sample[1777], 256).unwrap();
    assert_eq!(vectors.search(&fresh, 1, |_| false)[0].row, 1777);
    // Hardly anything may be shown: the graph has too little of it in view.
    let few = |row: u32| row % 400 != 3;
    assert_eq!(vectors.search(&fresh, 5, few), vectors.scan(&fresh, 5, few));
}

#[test]
fn a_damaged_graph_is_not_used() {
    let (folder, vectors) = stored(&sample(100, 256));
    assert!(!vectors.load_graph().unwrap(), "there is none yet");
    vectors.build_graph().unwrap();
    let path = folder.path().join("graph-100.bin");
    let whole = fs::read(&path).unwrap();
    for at in [0, 9, 13, 20, 50, whole.len() - 1] {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        fs::write(&path, bytes).unwrap();
        vectors.load_graph().unwrap_err();
    }
    fs::write(&path, &whole[..40]).unwrap();
    vectors.load_graph().unwrap_err();
    fs::write(&path, whole).unwrap();
    assert!(vectors.load_graph().unwrap());
}

/// Vectors of any kind: large, small, and all zero.
fn any_vector(dimension: usize) -> impl Strategy<Value = Vec<f32>> {
    prop_oneof![
        9 => prop::collection::vec(-1.0f32..1.0, dimension),
        1 => Just(vec![0.0; dimension]),
    ]
}

fn unit_or_zero(vector: Vec<f32>) -> Vec<f32> {
    if vector.iter().all(|&component| component == 0.0) { vector } else { unit(vector) }
}

proptest! {
    #[test]
    fn bytes_stay_near(vector in any_vector(256)) {
        let vector = unit_or_zero(vector);
        let mut bytes = Vec::new();
        let scale = quantise::bytes(&vector, &mut bytes);
        let back: Vec<f32> = bytes.iter().map(|byte| f32::from(byte.cast_signed()) * scale).collect();
        let largest = vector.iter().fold(0.0f32, |largest, component| largest.max(component.abs()));
        for (back, component) in back.iter().zip(&vector) {
            prop_assert!((back - component).abs() <= largest / 127.0, "{} is not {}", back, component);
        }
        let norm = cosine(&back, &back);
        prop_assert!((norm - 1.0).abs() < 1e-4 || scale == 0.0 && norm == 0.0);
    }

    #[test]
    fn half_bytes_stay_near(vector in any_vector(WINDOW_DIMENSION), query in any_vector(WINDOW_DIMENSION)) {
        let (vector, query) = (unit_or_zero(vector), unit_or_zero(query));
        let mut bytes = Vec::new();
        let scale = quantise::half_bytes(vector.as_slice().try_into().unwrap(), &mut bytes);
        let made = Query::new(&query, WINDOW_DIMENSION).unwrap();
        let got = dot::window(bytes.as_slice().try_into().unwrap(), &made.window) as f32 * scale * made.window_scale;
        prop_assert!((got - cosine(&vector, &query)).abs() < 0.05, "{} is not {}", got, cosine(&vector, &query));
    }

    #[test]
    fn every_machine_finds_the_same(a in prop::collection::vec(any::<i8>(), 1..1100), seed in any::<u64>()) {
        let mut next = random(seed);
        let a: Vec<u8> = a.into_iter().map(i8::cast_unsigned).collect();
        let b: Vec<u8> = a.iter().map(|_| (next() * 127.0) as i8 as u8).collect();
        let query: Vec<i16> = a.iter().map(|_| (next() * 4095.0) as i16).collect();
        prop_assert_eq!(dot::row(&a, &query), dot::row_loop(&a, &query));
        prop_assert_eq!(dot::rows(&a, &b), dot::rows_loop(&a, &b));
        let signs: Vec<u64> = (0..4).map(|_| u64::from(next().to_bits()) << 32 | u64::from(next().to_bits())).collect();
        let bytes: Vec<u8> = a.iter().copied().cycle().take(32 * 9).collect();
        let (mut fast, mut plain) = ([0; 9], [0; 9]);
        dot::differences(&bytes, &signs, &mut fast);
        dot::differences_loop(&bytes, &signs, &mut plain);
        prop_assert_eq!(fast, plain);
        let window: Vec<u8> = a.iter().copied().cycle().take(64).collect();
        let query: Vec<i16> = query.iter().copied().cycle().take(128).collect();
        let (window, query) = (window.as_slice().try_into().unwrap(), query.as_slice().try_into().unwrap());
        prop_assert_eq!(dot::window(window, query), dot::window_loop(window, query));
    }
}
