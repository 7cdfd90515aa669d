//! The figures as the text that Prometheus reads.

use std::fmt::{self, Write};

use super::{BUCKETS, FIGURES, Kind, Sample, Stats, Value};

impl Stats {
    /// The text format of Prometheus, 0.0.4: the body of `/metrics` for a program that has no exporter.
    ///
    /// ```
    /// # fn example(io: socketio::SocketIo) -> axum::Router {
    /// use axum::{http::header::CONTENT_TYPE, routing::get};
    ///
    /// let metrics = get(async move || ([(CONTENT_TYPE, "text/plain; version=0.0.4")], io.stats().to_prometheus()));
    /// axum::Router::new().route("/metrics", metrics)
    /// # }
    /// ```
    pub fn to_prometheus(&self) -> String {
        let mut text = String::new();
        // writing to a text does not fail
        let _ = self.write_prometheus(&mut text);
        text
    }

    fn write_prometheus(&self, text: &mut String) -> fmt::Result {
        for figure in FIGURES {
            let kind = match figure.kind {
                Kind::Counter => "counter",
                Kind::Gauge => "gauge",
                Kind::Histogram => "histogram",
            };
            writeln!(text, "# HELP {0} {1}\n# TYPE {0} {kind}", figure.name, figure.help)?;
            for sample in self.of(figure.name) {
                write_sample(text, sample)?;
            }
        }
        Ok(())
    }
}

fn write_sample(text: &mut String, sample: &Sample) -> fmt::Result {
    let name = sample.name;
    match &sample.value {
        Value::Number(number) => writeln!(text, "{name}{} {number}", Labels(sample, None)),
        Value::Histogram { counts, sum } => {
            let mut below = 0;
            for (bound, count) in BUCKETS.iter().zip(counts) {
                below += count;
                writeln!(text, "{name}_bucket{} {below}", Labels(sample, Some(&bound.to_string())))?;
            }
            let all = sample.value.count();
            writeln!(text, "{name}_bucket{} {all}", Labels(sample, Some("+Inf")))?;
            writeln!(text, "{name}_sum{} {}", Labels(sample, None), sum.as_secs_f64())?;
            writeln!(text, "{name}_count{} {all}", Labels(sample, None))
        }
    }
}

/// The labels of a sample, and of a bucket its bound.
struct Labels<'a>(&'a Sample, Option<&'a str>);

impl fmt::Display for Labels<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bound = self.1.map(|bound| ("le", bound));
        let all = self.0.labels.iter().map(|(label, value)| (*label, *value)).chain(bound);
        let mut is_first = true;
        for (label, value) in all {
            let value = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            write!(f, "{}{label}=\"{value}\"", if is_first { "{" } else { "," })?;
            is_first = false;
        }
        if is_first { Ok(()) } else { f.write_char('}') }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn prometheus_can_read_it() {
        let counts = std::iter::repeat_n(1, BUCKETS.len() + 1).collect();
        let samples = vec![
            Sample {
                name: "socketio_sockets",
                labels: vec![("namespace", "/a\"b\\c\nd")],
                value: Value::Number(7),
            },
            Sample {
                name: "socketio_handler_duration_seconds",
                labels: vec![("event", "say")],
                value: Value::Histogram { counts, sum: Duration::from_millis(1_500) },
            },
            Sample { name: "socketio_inbox_full_total", labels: vec![], value: Value::Number(0) },
        ];
        let text = Stats { samples }.to_prometheus();
        for line in [
            "# TYPE socketio_sockets gauge",
            r#"socketio_sockets{namespace="/a\"b\\c\nd"} 7"#,
            "# TYPE socketio_handler_duration_seconds histogram",
            r#"socketio_handler_duration_seconds_bucket{event="say",le="0.00001"} 1"#,
            r#"socketio_handler_duration_seconds_bucket{event="say",le="10"} 19"#,
            r#"socketio_handler_duration_seconds_bucket{event="say",le="+Inf"} 20"#,
            r#"socketio_handler_duration_seconds_sum{event="say"} 1.5"#,
            r#"socketio_handler_duration_seconds_count{event="say"} 20"#,
            "socketio_inbox_full_total 0",
        ] {
            assert!(text.lines().any(|known| known == line), "{line}\n{text}");
        }
    }
}
