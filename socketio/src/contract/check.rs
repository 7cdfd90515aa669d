//! The files of a contract in a repository: compared by a test, and rewritten by it.

use std::{
    env, fmt, fs, io,
    path::{Path, PathBuf},
};

use super::{Contract, warning::Warning};

/// If this variable is set, the checks write the files instead of comparing them.
const UPDATE: &str = "UPDATE_CONTRACT";

/// A file is not what the server's contract says, or there are [warnings](Contract::warnings).
///
/// `Debug` prints the same text as `Display`: a test that returns it fails with a readable message.
#[derive(Clone)]
#[non_exhaustive]
pub enum ContractError {
    /// The file is another one, from this line on.
    Outdated {
        /// The file.
        path: PathBuf,
        /// The first line that differs, from 1 on.
        line: usize,
        /// What it is in the file.
        found: String,
        /// What it should be.
        expected: String,
    },
    /// The file could not be read or written.
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        error: String,
    },
    /// Warnings that are not [allowed](Contract::allow).
    Warnings(Vec<Warning>),
}

impl fmt::Display for ContractError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Outdated { path, line, found, expected } => write!(
                f,
                "{}:{line} is out of date: run this test with {UPDATE}=1, and look at the difference\n  \
                 in the file: {found}\n  by the server: {expected}",
                path.display()
            ),
            Self::File { path, error } => {
                write!(f, "{}: {error}; {UPDATE}=1 writes the file", path.display())
            }
            Self::Warnings(warnings) => {
                f.write_str("the contract is not exact; mend it, or `allow` what is meant:")?;
                warnings
                    .iter()
                    .try_for_each(|warning| write!(f, "\n  {warning} (`.allow({:?})`)", warning.subject()))
            }
        }
    }
}

impl fmt::Debug for ContractError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for ContractError {}

impl Contract {
    /// Compares [`typescript`](Self::typescript) with a file, in a test; the path is relative to the package.
    ///
    /// With the environment variable `UPDATE_CONTRACT` the file is written instead, with its folder.
    ///
    /// ```no_run
    /// # fn io() -> socketio::SocketIo { unimplemented!() }
    /// // with `#[test]`
    /// fn the_client_knows_the_events() -> Result<(), socketio::contract::ContractError> {
    ///     io().contract().check("web/src/events.ts")
    /// }
    /// ```
    /// # Errors
    /// If there is a warning that is not [allowed](Self::allow), the file differs, or cannot be read or written.
    pub fn check(&self, path: impl AsRef<Path>) -> Result<(), ContractError> {
        self.check_file(path.as_ref(), &self.typescript())
    }

    /// Compares [`asyncapi`](Self::asyncapi) with a file, as [`check`](Self::check) does.
    ///
    /// # Errors
    /// As for [`check`](Self::check).
    pub fn check_asyncapi(
        &self,
        path: impl AsRef<Path>,
        title: &str,
        version: &str,
    ) -> Result<(), ContractError> {
        self.check_file(path.as_ref(), &self.asyncapi(title, version))
    }

    fn check_file(&self, path: &Path, expected: &str) -> Result<(), ContractError> {
        let is_allowed = |warning: &&Warning| self.allowed.iter().any(|subject| subject == warning.subject());
        let warnings: Vec<Warning> =
            self.warnings().iter().filter(|warning| !is_allowed(warning)).cloned().collect();
        if !warnings.is_empty() {
            return Err(ContractError::Warnings(warnings));
        }
        compare(path, expected, env::var_os(UPDATE).is_some())
    }
}

/// Compares a file, or writes it.
fn compare(path: &Path, expected: &str, update: bool) -> Result<(), ContractError> {
    let failed = |error: io::Error| ContractError::File { path: path.to_owned(), error: error.to_string() };
    let found = fs::read_to_string(path);
    if found.as_ref().is_ok_and(|found| found.lines().eq(expected.lines())) {
        return Ok(());
    }
    if update {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(failed)?;
        }
        return fs::write(path, expected).map_err(failed);
    }
    let found = found.map_err(failed)?;
    let (mut found, mut expected) = (found.lines(), expected.lines());
    let mut line = 1;
    loop {
        match (found.next(), expected.next()) {
            (Some(one), Some(other)) if one == other => line += 1,
            (one, other) => {
                let text = |line: Option<&str>| line.map_or_else(|| "(the end)".to_owned(), str::to_owned);
                let (path, found, expected) = (path.to_owned(), text(one), text(other));
                return Err(ContractError::Outdated { path, line, found, expected });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_compared_line_by_line_and_written_on_demand() {
        let folder = env::temp_dir().join(format!("socketio-contract-{}", std::process::id()));
        let path = folder.join("web/events.ts");
        let missing = compare(&path, "a\nb\n", false).expect_err("it is not there");
        assert!(missing.to_string().contains("UPDATE_CONTRACT=1 writes the file"), "{missing}");
        compare(&path, "a\nb\n", true).expect("written, with its folder");
        compare(&path, "a\r\nb\r\n", false).expect("ends of lines do not count");
        let other = compare(&path, "a\nc\n", false).expect_err("it differs");
        assert!(other.to_string().contains("events.ts:2 is out of date"), "{other}");
        assert!(other.to_string().ends_with("in the file: b\n  by the server: c"), "{other:?}");
        let longer = compare(&path, "a\nb\nc\n", false).expect_err("it is shorter");
        assert!(longer.to_string().ends_with("in the file: (the end)\n  by the server: c"), "{longer}");
        fs::remove_dir_all(folder).expect("it was written");
    }
}
