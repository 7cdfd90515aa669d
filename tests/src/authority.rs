//! Certificates for a test, made by `openssl`.

use std::{
    path::PathBuf,
    process::Command,
    sync::atomic::{AtomicUsize, Ordering},
};

/// Somebody who signs certificates for 127.0.0.1. What it made is deleted when this is dropped.
#[derive(Debug)]
pub struct Authority {
    folder: PathBuf,
}

impl Authority {
    /// A new one, whom nobody knows.
    ///
    /// # Panics
    /// If `openssl` does not run.
    #[must_use]
    pub fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("socketio-authority-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let authority = Self { folder };
        authority.make("authority", &["-subj", "/CN=authority", "-days", "2"]);
        authority
    }

    /// Its own certificate, as a file of PEM.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.folder.join("authority.pem")
    }

    /// Its own certificate, as PEM.
    ///
    /// # Panics
    /// If it cannot be read.
    #[must_use]
    pub fn pem(&self) -> Vec<u8> {
        std::fs::read(self.path()).expect("it was written")
    }

    /// A certificate for 127.0.0.1, and its key, as files of PEM.
    ///
    /// # Panics
    /// If `openssl` does not run.
    #[must_use]
    pub fn issue(&self, name: &str) -> (PathBuf, PathBuf) {
        let subject = format!("/CN={name}");
        self.make(
            name,
            &[
                ["-subj", &subject, "-addext", "subjectAltName=IP:127.0.0.1"],
                ["-CA", "authority.pem", "-CAkey", "authority.key"],
                // an authority's own certificate is not one of a server
                ["-addext", "basicConstraints=critical,CA:FALSE", "-days", "2"],
            ]
            .concat(),
        );
        (self.folder.join(format!("{name}.pem")), self.folder.join(format!("{name}.key")))
    }

    fn make(&self, name: &str, args: &[&str]) {
        let made = Command::new("openssl")
            .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"])
            .args(["-keyout", &format!("{name}.key"), "-out", &format!("{name}.pem")])
            .args(args)
            .current_dir(&self.folder)
            .output()
            .expect("openssl runs: `scripts/test` installs it");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    }
}

impl Default for Authority {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Authority {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
