//! The official Admin UI, as people see it: in a real browser.

use std::time::Duration;

use tests::{executable, node};

async fn administrates(mode: &str) {
    let admin = executable("admin");
    let args = [admin.to_str().expect("a UTF-8 path"), mode];
    let printed = node("admin.mjs", &args, Duration::from_secs(90)).await;
    assert!(printed.ends_with("all seen\n"), "{printed}");
}

#[tokio::test]
async fn the_official_page_administrates_in_development_mode() {
    administrates("development").await;
}

#[tokio::test]
async fn the_official_page_shows_the_servers_of_all_nodes() {
    administrates("cluster").await;
}

#[tokio::test]
async fn the_official_page_shows_numbers_in_production_mode() {
    administrates("production").await;
}
