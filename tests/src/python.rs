//! Scripts in `tests/python`, with the clients of `requirements.txt`.

use std::{fs, path::Path, process::Command, time::Duration};

use tokio::time::timeout;

use crate::workspace;

/// Runs a script of `tests/python`; what it printed on stdout. Its packages are installed if they are missing.
///
/// # Panics
/// If it fails, or takes longer than `limit`: with everything that it printed.
pub async fn python(script: &str, args: &[&str], limit: Duration) -> String {
    let folder = workspace().join("tests/python");
    let venv = workspace().join("target/python");
    install(&folder, &venv);
    let run = tokio::process::Command::new(venv.join("bin/python"))
        .arg(folder.join(script))
        .args(args)
        .kill_on_drop(true)
        .output();
    let output = timeout(limit, run).await.unwrap_or_else(|_| panic!("{script} takes longer than {limit:?}"));
    let output = output.expect("python runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{script}: {}{}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout)
}

/// A virtual environment with the packages, once: other tests wait for it.
fn install(folder: &Path, venv: &Path) {
    let requirements = folder.join("requirements.txt");
    let manifest = fs::File::open(&requirements).expect("tests/python/requirements.txt");
    // released when the file is closed
    manifest.lock().expect("the file can be locked");
    let installed = venv.join("installed.txt");
    let wanted = fs::read_to_string(&requirements).expect("readable");
    if fs::read_to_string(&installed).is_ok_and(|known| known == wanted) {
        return;
    }
    let run = |program: &Path, args: &[&str]| {
        let status = Command::new(program).args(args).status();
        let status = status.unwrap_or_else(|error| panic!("{}: {error}", program.display()));
        assert!(status.success(), "{} {args:?} failed: is python3-venv installed?", program.display());
    };
    let path = |path: &Path| path.to_str().expect("a UTF-8 path").to_owned();
    run(Path::new("python3"), &["-m", "venv", &path(venv)]);
    run(
        &venv.join("bin/pip"),
        &["install", "--quiet", "--disable-pip-version-check", "-r", &path(&requirements)],
    );
    fs::write(installed, wanted).expect("target is writable");
}
