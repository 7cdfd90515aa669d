//! Scripts for Node.js, with the official JavaScript clients: those of `tests/node`, and the clients of the examples.

use std::{
    fs::{self, File},
    net::SocketAddr,
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use tokio::{io::AsyncReadExt, time::timeout};

use crate::{PATIENCE, workspace};

/// Runs a script of `tests/node`; what it printed on stdout. Its packages are installed if they are missing.
///
/// # Panics
/// If it fails, or takes longer than `limit`: with everything that it printed.
pub async fn node(script: &str, args: &[&str], limit: Duration) -> String {
    run(&workspace().join("tests/node"), script, args, limit).await
}

/// Runs the client of an example against it, as `examples/README.md` says; what it printed on stdout.
///
/// # Panics
/// If it fails, or takes too long: with everything that it printed.
pub async fn example_client(script: &str, server: SocketAddr) -> String {
    run(&workspace().join("examples"), script, &[&server.port().to_string()], PATIENCE).await
}

/// Runs a script of the examples; what it printed on stdout. Its packages are installed if they are missing.
///
/// # Panics
/// If it fails, or takes longer than `limit`: with everything that it printed.
pub async fn example(script: &str, args: &[&str], limit: Duration) -> String {
    run(&workspace().join("examples"), script, args, limit).await
}

async fn run(folder: &Path, script: &str, args: &[&str], limit: Duration) -> String {
    install(folder);
    let mut child = tokio::process::Command::new("node")
        .arg(script)
        .args(args)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("node runs");
    let (mut stdout, mut stderr) = (child.stdout.take().expect("piped"), child.stderr.take().expect("piped"));
    let (mut printed, mut failed) = (vec![], vec![]);
    let ended = timeout(limit, async {
        let (out, err) = tokio::join!(stdout.read_to_end(&mut printed), stderr.read_to_end(&mut failed));
        out.and(err)?;
        child.wait().await
    });
    // what was read until then is shown after a time-out as well
    let ended = ended.await;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (printed, failed) = (text(&printed), text(&failed));
    match ended {
        Ok(Ok(status)) if status.success() => printed,
        Ok(other) => panic!("{script}: {other:?}\n{printed}{failed}"),
        Err(_) => panic!("{script} takes longer than {limit:?}\n{printed}{failed}"),
    }
}

/// `npm ci`, once: other tests wait for it.
pub(crate) fn install(folder: &Path) {
    let manifest = File::open(folder.join("package.json")).expect("a package.json");
    // released when the file is closed
    manifest.lock().expect("the file can be locked");
    let wanted = fs::read_to_string(folder.join("package-lock.json")).expect("a package-lock.json");
    let installed = folder.join("node_modules/installed.json");
    if fs::read_to_string(&installed).is_ok_and(|known| known == wanted) {
        return;
    }
    let status = Command::new("npm")
        .args(["ci", "--no-audit", "--no-fund"])
        .current_dir(folder)
        .stdin(Stdio::null())
        .status()
        .expect("npm runs");
    assert!(status.success(), "npm ci failed");
    fs::write(installed, wanted).expect("node_modules is writable");
}
