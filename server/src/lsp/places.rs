//! The workspace folders under both of their names: as the client names them, and with symbolic links resolved, which is how
//! everything else knows them. Files inside are translated by the text of their paths alone.

use std::path::{Path, PathBuf};

/// The names of the folders.
#[derive(Debug, Clone, Default)]
pub struct Places(Vec<Place>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    named: PathBuf,
    real: PathBuf,
}

impl Places {
    /// Adds a folder.
    pub fn add(&mut self, named: PathBuf, real: PathBuf) {
        let place = Place { named, real };
        if !self.0.contains(&place) {
            self.0.push(place);
            // The innermost of nested folders first.
            self.0.sort_by_key(|place| std::cmp::Reverse(place.named.components().count()));
        }
    }

    /// Removes a folder by the client's name of it; gives back its real one, unless another name of it is left.
    pub fn remove(&mut self, named: &Path) -> Option<PathBuf> {
        let index = self.0.iter().position(|place| place.named == named)?;
        let real = self.0.remove(index).real;
        self.0.iter().all(|place| place.real != real).then_some(real)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The folders' real names.
    pub fn roots(&self) -> impl Iterator<Item = &Path> {
        self.0.iter().map(|place| &*place.real)
    }

    /// The real name of what the client names so.
    pub fn inward(&self, path: PathBuf) -> PathBuf {
        let moved = self.0.iter().find_map(|place| Some((place, path.strip_prefix(&place.named).ok()?)));
        match moved {
            Some((place, _)) if place.named == place.real => path,
            Some((place, below)) => join(&place.real, below),
            None => path,
        }
    }

    /// The client's name of what really is there.
    pub fn outward(&self, path: &Path) -> PathBuf {
        let innermost = self.0.iter().filter_map(|place| Some((place, path.strip_prefix(&place.real).ok()?)));
        match innermost.min_by_key(|(_, below)| below.components().count()) {
            Some((place, below)) => join(&place.named, below),
            None => path.to_owned(),
        }
    }
}

/// Joins without a slash at the end when nothing follows.
fn join(folder: &Path, below: &Path) -> PathBuf {
    if below.as_os_str().is_empty() { folder.to_owned() } else { folder.join(below) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_have_the_clients_names_outside_and_real_ones_inside() {
        let mut places = Places::default();
        places.add("/link".into(), "/real/project".into());
        places.add("/link/deep".into(), "/elsewhere".into());
        places.add("/plain".into(), "/plain".into());
        for (named, real) in [
            ("/link", "/real/project"),
            ("/link/a.rs", "/real/project/a.rs"),
            ("/link/deep/b.rs", "/elsewhere/b.rs"),
            ("/plain/c.rs", "/plain/c.rs"),
            ("/other", "/other"),
        ] {
            assert_eq!(places.inward(named.into()), Path::new(real));
            assert_eq!(places.outward(Path::new(real)), Path::new(named));
        }
    }

    #[test]
    fn a_folder_stays_as_long_as_it_has_a_name() {
        let mut places = Places::default();
        places.add("/a".into(), "/real".into());
        places.add("/b".into(), "/real".into());
        assert_eq!(places.remove(Path::new("/a")), None);
        assert_eq!(places.remove(Path::new("/b")), Some("/real".into()));
        assert_eq!(places.remove(Path::new("/b")), None);
        assert!(places.is_empty());
    }
}
