//! A damaged index is noticed and built anew; it never ends in a crash or in wrong results.

use std::{fs, path::Path};

use crate::place::{Place, Seeded, copy, files, output, said};

#[derive(Debug, Clone, Copy)]
enum Damage {
    Emptied,
    Halved,
    Flipped,
    Deleted,
}

fn harm(file: &Path, damage: Damage, seeded: &mut Seeded) {
    let mut bytes = fs::read(file).unwrap();
    match damage {
        Damage::Emptied => bytes.clear(),
        Damage::Halved => bytes.truncate(bytes.len() / 2),
        Damage::Flipped => {
            let from = (bytes.len() / 2).saturating_sub(32);
            for byte in bytes.iter_mut().skip(from).take(64) {
                *byte ^= 1 + seeded.below(255) as u8;
            }
        }
        Damage::Deleted => return fs::remove_file(file).unwrap(),
    }
    fs::write(file, bytes).unwrap();
}

#[test]
fn every_file_in_every_way() {
    let place = Place::generated(40, 1);
    let whole = place.cache().join("whole");
    let search = |cache: &Path| {
        let mut command = place.program(cache);
        command.args(["search", "--json", "retry the socket before the ledger is read"]);
        output(command)
    };
    let wanted = search(&whole);
    assert_eq!(wanted.status.code(), Some(0), "{}", said(&wanted));
    let mut seeded = Seeded(0xbad);
    let mut failures = Vec::new();
    for file in files(&whole) {
        let name = file.strip_prefix(&whole).unwrap();
        for damage in [Damage::Emptied, Damage::Halved, Damage::Flipped, Damage::Deleted] {
            let cache = place.cache().join("harmed");
            copy(&whole, &cache);
            harm(&cache.join(name), damage, &mut seeded);
            let found = search(&cache);
            let said = said(&found);
            let noted = said.is_empty() || (said.starts_with("note: ") && said.lines().count() == 1);
            if found.status.code() != Some(0) || found.stdout != wanted.stdout || !noted {
                failures.push(format!("{} {damage:?}: {:?} {said}", name.display(), found.status.code()));
            }
            fs::remove_dir_all(cache).unwrap();
        }
    }
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
}
