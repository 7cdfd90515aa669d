//! What stands in a body: several packets, binary ones, scripts and forms.

use axum::body::Body;
use http::Request;

use super::{start, with_headers};
use crate::{
    Config, event,
    tests::kit::{PollingClient, ask, assert_nothing_is_left, request},
};

/// Everything that waits is one answer; a GET waits for the next thing.
#[tokio::test(start_paused = true)]
async fn an_answer_holds_all_that_waits() {
    let (io, _, _) = start(Config::new());
    let client = PollingClient::join(&io).await;
    let batch = "42[\"echo\",\"a\"]\x1e42[\"echo\",\"b\"]";
    let answer = client.push(batch).await;
    assert_eq!(answer.seen(), (200, "ok"));
    assert_eq!(answer.header("content-type"), Some("text/html"));
    assert_eq!(client.poll().await.seen(), (200, batch));
    let poll = client.start_poll().await;
    io.emit(event!("news"));
    assert_eq!(poll.answer().await.seen(), (200, "42[\"news\"]"));
    assert_nothing_is_left(&io).await;
}

/// Packets that mean nothing from a client change nothing.
#[tokio::test(start_paused = true)]
async fn meaningless_packets_are_ignored() {
    let (io, _, _) = start(Config::new());
    let client = PollingClient::join(&io).await;
    for packet in ["0", "5", "6", "3"] {
        assert_eq!(client.push(packet).await.seen(), (200, "ok"));
    }
    assert_eq!(client.exchange("42[\"echo\",\"alive\"]").await, "42[\"echo\",\"alive\"]");
}

#[tokio::test(start_paused = true)]
async fn binary_is_base64_in_both_directions() {
    let (io, _, _) = start(Config::new());
    let client = PollingClient::join(&io).await;
    let packet = "451-[\"bytes\",{\"_placeholder\":true,\"num\":0}]\x1ebAQIDBA==";
    assert_eq!(client.exchange(packet).await, packet);
}

/// As the official client for Java and Android writes it: a line feed after 76 characters, and after the last. Others leave
/// `=` out, or use the alphabet of URLs.
#[tokio::test(start_paused = true)]
async fn base64_of_every_encoder_is_read() {
    let (io, _, _) = start(Config::new());
    let client = PollingClient::join(&io).await;
    let head = "451-[\"bytes\",{\"_placeholder\":true,\"num\":0}]\x1e";
    for (sent, echoed) in [
        ("bAQEB\n", "bAQEB"),
        ("bAQ\r\nEB", "bAQEB"),
        ("bAQIDBA", "bAQIDBA=="),
        ("bAQIDBA=", "bAQIDBA=="),
        ("bAQIDBB==", "bAQIDBA=="),
        ("b-_8=", "b+/8="),
    ] {
        assert_eq!(client.exchange(format!("{head}{sent}")).await, format!("{head}{echoed}"), "{sent:?}");
    }
    // 60 bytes are 80 characters: more than a line
    let (lines, line) = (format!("b{}\n{}\n", "A".repeat(76), "AAAA"), format!("b{}", "A".repeat(80)));
    assert_eq!(client.exchange(format!("{head}{lines}")).await, format!("{head}{line}"));
    assert_nothing_is_left(&io).await;
}

/// A packet's attachments may come in POSTs of their own.
#[tokio::test(start_paused = true)]
async fn attachments_are_spread_over_posts() {
    let (io, log, _) = start(Config::new());
    let client = PollingClient::join(&io).await;
    let packet = r#"452-["pair",{"_placeholder":true,"num":1},{"_placeholder":true,"num":0}]"#;
    client.push(format!("{packet}\x1ebAQI=")).await;
    assert_eq!(log.lines(), [""; 0]);
    client.push("bAw==\x1e42[\"log\",\"behind\"]").await;
    assert_eq!(log.lines(), ["[3] [1, 2]", "behind"]);
    assert_nothing_is_left(&io).await;
}

/// A request that an old browser sends for a page of the server's own host.
fn of_our_page(request: Request<Body>) -> Request<Body> {
    with_headers(request, &[("referer", "http://a.example/chat?room=1")])
}

/// Old clients read answers as scripts, and send forms.
#[tokio::test(start_paused = true)]
async fn answers_may_be_scripts() {
    let (io, _, _) = start(Config::new().jsonp(true));
    let get = async |query: &str| ask(&io.service(), of_our_page(request("GET", query, ""))).await;
    let answer = get("EIO=4&transport=polling&j=7x").await;
    let script = answer.body.strip_prefix("___eio[7](\"0{\\\"sid\\\":\\\"").expect("a script");
    assert!(script.ends_with("}\");"));
    let sid = &script[..20];
    let query = format!("EIO=4&transport=polling&sid={sid}&j=1");
    // as a browser sends it: what follows a backslash is a line's end of the packet's own
    let form = "d=40%1E42%5B%22echo%22%2C%22a%5C%5Cnb%22%5D";
    assert_eq!(ask(&io.service(), of_our_page(request("POST", &query, form))).await.seen(), (200, "ok"));
    let answer = get(&query).await.body;
    assert!(answer.starts_with("___eio[1](\"40{") && answer.contains(r"a\\nb"), "{answer}");
}

/// What ends a line in a script but not in JSON is escaped in a script, and only there.
#[tokio::test(start_paused = true)]
async fn a_script_holds_any_text() {
    let (io, _, _) = start(Config::new().jsonp(true));
    let client = PollingClient::join(&io).await;
    let packet = "42[\"echo\",\"\u{2028}\u{2029}é'</script>\"]";
    client.push(packet).await;
    let script = of_our_page(request("GET", &(client.query() + "&j=23"), ""));
    let answer = ask(&io.service(), script).await;
    let script = r#"___eio[23]("42[\"echo\",\"\u2028\u2029é'</script>\"]");"#;
    assert_eq!(answer.seen(), (200, script));
    assert_eq!(answer.header("content-type"), Some("text/javascript; charset=UTF-8"));
    assert_eq!(client.exchange(packet).await, packet);
    assert_nothing_is_left(&io).await;
}

/// How forms escape: `\n` is a line's end, `\\n` is what JSON writes for one, and any other backslash is itself.
#[tokio::test(start_paused = true)]
async fn forms_are_unescaped_as_the_reference_does() {
    let (io, log, _) = start(Config::new().jsonp(true));
    let client = PollingClient::join(&io).await;
    for (packet, expected) in [
        (r#"42[\n"log",\n"line"]"#, "line"),
        (r#"42["log","a\\nb"]"#, "a\nb"),
        (r#"42["log","a\\\nb"]"#, "a\\nb"),
        (r#"42["log","\"q\" \\ +&=%é"]"#, "\"q\" \\ +&=%é"),
        ("42[\"log\",\"1\"]\x1e42[\"log\",\"2\"]", "2"),
    ] {
        let form = serde_urlencoded::to_string([("d", packet)]).expect("a form");
        let query = client.query() + "&j=0";
        let answer = ask(&io.service(), of_our_page(request("POST", &query, form))).await;
        assert_eq!(
            (answer.seen(), answer.header("content-type")),
            ((200, "ok"), Some("text/html")),
            "{packet}"
        );
        assert_eq!(log.lines().last().map(String::as_str), Some(expected), "{packet}");
    }
    assert_nothing_is_left(&io).await;
}
