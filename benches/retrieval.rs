//! temp eval driver
use codecompass_core::{
    document::document,
    embed::{Embedder, Scratch},
    hit::Mode,
    language, query, rank,
};
use codecompass_index::{
    catalogue::{Fate, FileRow},
    search::{Request, search},
    snapshot::Snapshot,
    space::Space,
    writer::{Batch, Writer},
};
use std::{
    collections::BTreeMap,
    fs,
    io::Write,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
};
fn files(dir: &Path, root: &Path, out: &mut Vec<String>) {
    for e in fs::read_dir(dir).unwrap().flatten() {
        let p = e.path();
        if p.is_dir() {
            files(&p, root, out)
        } else {
            out.push(p.strip_prefix(root).unwrap().to_string_lossy().into_owned())
        }
    }
}
fn build(root: &Path, cache: &Path) -> Snapshot {
    let e = Embedder::builtin();
    let space = Space::locate(cache, root, e.id());
    if std::env::var("REUSE").is_err() {
        let _ = space.discard();
    }
    if let Ok(Some(s)) = Snapshot::open(&space, e.id(), None) {
        if s.state.complete {
            return s;
        }
    }
    space.create(root).unwrap();
    let w = Writer::open(&space, e.id(), 256).unwrap().unwrap();
    let mut fs_ = vec![];
    files(root, root, &mut fs_);
    fs_.sort();
    let next = AtomicUsize::new(0);
    let _c = AtomicBool::new(false);
    std::thread::scope(|s| {
        for _ in 0..2 {
            s.spawn(|| {
                let mut sc = Scratch::default();
                let mut b = Batch::default();
                while let Some(p) = fs_.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let bytes = fs::read(root.join(p)).unwrap();
                    let Ok(t) = codecompass_core::text::decode(bytes) else { continue };
                    let t = t.text;
                    let d = document(p, language::detect(p, &t), &t, &|| false);
                    let rows: Vec<u32> = d
                        .chunks
                        .iter()
                        .map(|c| {
                            w.add_vector(
                                c.content,
                                &e.chunk(&c.header, &t[c.range.start as usize..c.range.end as usize], &mut sc),
                            )
                            .unwrap()
                        })
                        .collect();
                    if b.segment.is_none() {
                        b.segment = Some(w.start_segment().unwrap());
                    }
                    let seg = b.segment.as_mut().unwrap();
                    let f = seg.add(&d, t.len() as u64, &rows).unwrap();
                    b.files.push((
                        p.clone(),
                        FileRow {
                            size: t.len() as u64,
                            mtime_ns: 0,
                            hash: [0; 16],
                            fate: Fate::Indexed { segment: seg.id(), file: f },
                        },
                    ));
                }
                b.complete = true;
                w.commit(b).unwrap();
            });
        }
    });
    Snapshot::open(&space, e.id(), None).unwrap().unwrap()
}
fn main() {
    let trees = PathBuf::from(std::env::var("TREES").unwrap());
    let out = std::env::var("OUT").unwrap_or("/tmp/results.jsonl".into());
    let cache = PathBuf::from(std::env::var("CACHE").unwrap_or("/tmp/evalcache".into()));
    let mut by_tree: BTreeMap<String, Vec<serde_json::Value>> = BTreeMap::new();
    for l in fs::read_to_string("benches/retrieval/open.jsonl").unwrap().lines() {
        let q: serde_json::Value = serde_json::from_str(l).unwrap();
        let t = q.get("tree").unwrap_or(&q["repo"]).as_str().unwrap().replacen('/', "+", 1);
        by_tree.entry(t).or_default().push(q);
    }
    let mut res = fs::File::create(out).unwrap();
    let mut feat = std::env::var("FEATURES").ok().map(|f| std::io::BufWriter::new(fs::File::create(f).unwrap()));
    let mut chunks = 0;
    let mut t_build = 0.0;
    let mut lat = vec![];
    let mut lens = vec![];
    for (t, qs) in by_tree {
        let root = trees.join(&t);
        if !root.is_dir() {
            continue;
        }
        let now = std::time::Instant::now();
        let snap = build(&root, &cache);
        t_build += now.elapsed().as_secs_f64();
        chunks += snap.chunk_count();
        for q in qs {
            let now = std::time::Instant::now();
            let query = query::parse(&q["query"].as_str().unwrap().replace(['"', '`'], " ")).unwrap();
            let full = feat.is_some();
            let c = search(
                &snap,
                &Request {
                    query: &query,
                    mode: Mode::Hybrid,
                    limit: if full { 1000 } else { 50 },
                    path_filter: None,
                    embedder: Some(Embedder::builtin()),
                    vector: None,
                },
            )
            .unwrap();
            lat.push(now.elapsed().as_secs_f64() * 1e3);
            let rs: Vec<_> = c.iter().take(50).map(|c| { let r = snap.row(c.chunk); serde_json::json!({"path": snap.file(c.chunk).path, "start": r.start_line + 1, "end": r.end_line, "score": c.score}) }).collect();
            for c in c.iter().take(10) {
                let r = snap.row(c.chunk);
                lens.push(r.end_line - r.start_line);
            }
            writeln!(res, "{}", serde_json::json!({"id": q["id"], "results": rs})).unwrap();
            if let Some(f) = &mut feat {
                let rows: Vec<_> = c
                    .iter()
                    .map(|c| {
                        let r = snap.row(c.chunk);
                        serde_json::json!([snap.file(c.chunk).path, r.start_line + 1, r.end_line, c.features.to_vec()])
                    })
                    .collect();
                writeln!(f, "{}", serde_json::json!({"id": q["id"], "rows": rows})).unwrap();
            }
        }
    }
    lat.sort_by(f64::total_cmp);
    lens.sort();
    let _ = rank::COUNT;
    eprintln!(
        "chunks {chunks} build {t_build:.1}s query p50 {:.2}ms p95 {:.2}ms median lines {}",
        lat[lat.len() / 2],
        lat[lat.len() * 95 / 100],
        lens[lens.len() / 2]
    );
}
