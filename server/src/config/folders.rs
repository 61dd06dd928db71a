//! Where the user's own file and the indexes live on each system. Looks at environment variables only, never at the disk.

use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
};

use anyhow::anyhow;

/// The environment variables, as they were when the program began.
#[derive(Debug, Clone, Default)]
pub struct Environment(BTreeMap<OsString, OsString>);

impl Environment {
    /// Those of this process.
    pub fn of_process() -> Self {
        Self(std::env::vars_os().collect())
    }

    /// The value of a variable. An empty one counts as not set, as shells have no other way to take one away for a command.
    pub fn get(&self, name: &str) -> Option<&OsStr> {
        self.0.get(OsStr::new(name)).map(OsString::as_os_str).filter(|value| !value.is_empty())
    }

    /// All variables that are set and whose name begins with `prefix`.
    pub fn starting_with<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a OsStr)> {
        self.0
            .iter()
            .filter_map(|(name, value)| Some((name.to_str()?, value.as_os_str())))
            .filter(move |(name, value)| name.starts_with(prefix) && !value.is_empty())
    }

    /// A folder named by a variable. A relative path there is ignored: it would mean another folder after every `cd`.
    fn folder(&self, name: &str) -> Option<PathBuf> {
        self.get(name).map(PathBuf::from).filter(|path| path.is_absolute())
    }
}

impl<'a> FromIterator<(&'a str, &'a str)> for Environment {
    fn from_iter<I: IntoIterator<Item = (&'a str, &'a str)>>(pairs: I) -> Self {
        Self(pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

impl<const N: usize> From<[(&str, &str); N]> for Environment {
    fn from(pairs: [(&str, &str); N]) -> Self {
        pairs.into_iter().collect()
    }
}

/// The systems that put such folders in different places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum System {
    /// Linux and everything else that follows the XDG rules.
    Unix,
    /// macOS.
    Mac,
    /// Windows.
    Windows,
}

impl System {
    /// The one this binary was built for.
    pub const HERE: Self = if cfg!(windows) {
        Self::Windows
    } else if cfg!(target_os = "macos") {
        Self::Mac
    } else {
        Self::Unix
    };
}

/// The user's own configuration file, or `None` when the system does not say where this user's files are.
pub fn user_file(environment: &Environment, system: System) -> Option<PathBuf> {
    let folder = environment.folder("XDG_CONFIG_HOME").or_else(|| match system {
        System::Unix => environment.folder("HOME").map(|home| home.join(".config")),
        System::Mac => environment.folder("HOME").map(|home| home.join("Library/Application Support")),
        System::Windows => environment.folder("APPDATA"),
    })?;
    Some(folder.join("codecompass").join("config.toml"))
}

/// The folder of the user's own prompt files, beside the configuration.
pub fn prompts(environment: &Environment, system: System) -> Option<PathBuf> {
    Some(user_file(environment, system)?.with_file_name("prompts"))
}

/// The folder for what is kept for the user and is no setting, such as conversations; `None` when the system does not say
/// where this user's files are.
pub fn state_dir(environment: &Environment, system: System) -> Option<PathBuf> {
    let folder = environment.folder("XDG_STATE_HOME").or_else(|| match system {
        System::Unix => environment.folder("HOME").map(|home| home.join(".local/state")),
        System::Mac => environment.folder("HOME").map(|home| home.join("Library/Application Support")),
        System::Windows => environment.folder("LOCALAPPDATA"),
    })?;
    Some(folder.join("codecompass"))
}

/// The folder that holds all indexes: `CODECOMPASS_CACHE_DIR` itself, else `codecompass` in the system's cache folder.
pub fn cache_dir(environment: &Environment, system: System, current_dir: &Path) -> anyhow::Result<PathBuf> {
    if let Some(named) = environment.get("CODECOMPASS_CACHE_DIR") {
        return Ok(current_dir.join(named));
    }
    let folder = environment.folder("XDG_CACHE_HOME").or_else(|| match system {
        System::Unix => environment.folder("HOME").map(|home| home.join(".cache")),
        System::Mac => environment.folder("HOME").map(|home| home.join("Library/Caches")),
        System::Windows => environment.folder("LOCALAPPDATA"),
    });
    let (home, other) = match system {
        System::Windows => ("LOCALAPPDATA", ""),
        _ => ("HOME", " or XDG_CACHE_HOME"),
    };
    folder.map(|folder| folder.join("codecompass")).ok_or_else(|| {
        anyhow!(
            "there is no place for the index, because {home} is not set to a folder; \
             set CODECOMPASS_CACHE_DIR{other} to a folder that can be written"
        )
    })
}

#[cfg(all(test, unix))]
mod tests {
    #![allow(clippy::needless_raw_string_hashes, reason = "expect-test writes them")]

    use super::*;

    #[test]
    fn each_system_has_its_places() {
        let home = Environment::from([("HOME", "/home/ada")]);
        for (system, file, cache) in [
            (System::Unix, "/home/ada/.config/codecompass/config.toml", "/home/ada/.cache/codecompass"),
            (
                System::Mac,
                "/home/ada/Library/Application Support/codecompass/config.toml",
                "/home/ada/Library/Caches/codecompass",
            ),
        ] {
            assert_eq!(user_file(&home, system).as_deref(), Some(Path::new(file)));
            assert_eq!(cache_dir(&home, system, Path::new("/w")).ok().as_deref(), Some(Path::new(cache)));
        }
        let windows = Environment::from([("APPDATA", "/roaming"), ("LOCALAPPDATA", "/local")]);
        assert_eq!(
            user_file(&windows, System::Windows).as_deref(),
            Some(Path::new("/roaming/codecompass/config.toml"))
        );
        assert_eq!(
            cache_dir(&windows, System::Windows, Path::new("/w")).ok().as_deref(),
            Some(Path::new("/local/codecompass"))
        );
    }

    #[test]
    fn variables_name_other_places() {
        let variables = Environment::from([
            ("HOME", "/home/ada"),
            ("XDG_CONFIG_HOME", "/etc/ada"),
            ("XDG_CACHE_HOME", "relative/is/ignored"),
        ]);
        assert_eq!(user_file(&variables, System::Unix).as_deref(), Some(Path::new("/etc/ada/codecompass/config.toml")));
        assert_eq!(
            cache_dir(&variables, System::Unix, Path::new("/w")).ok().as_deref(),
            Some(Path::new("/home/ada/.cache/codecompass"))
        );
        let named = Environment::from([("CODECOMPASS_CACHE_DIR", "cache")]);
        assert_eq!(cache_dir(&named, System::Unix, Path::new("/w")).ok().as_deref(), Some(Path::new("/w/cache")));
    }

    #[test]
    fn without_a_home_the_error_says_what_to_set() {
        for environment in [Environment::default(), Environment::from([("HOME", "")])] {
            assert_eq!(user_file(&environment, System::Unix), None);
            let error = cache_dir(&environment, System::Unix, Path::new("/w")).map_err(|error| error.to_string());
            expect_test::expect![[r#"
                Err(
                    "there is no place for the index, because HOME is not set to a folder; set CODECOMPASS_CACHE_DIR or XDG_CACHE_HOME to a folder that can be written",
                )
            "#]]
            .assert_debug_eq(&error);
        }
    }
}
