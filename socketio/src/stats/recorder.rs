//! The figures, for a recorder of the crate `metrics`.

use std::sync::PoisonError;

use metrics::{Label, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};

use super::{BUCKETS, FIGURES, Kind, Sample, Value};
use crate::{counts::Reported, io::SocketIo};

impl SocketIo {
    /// Gives the figures to the recorder of the crate `metrics`: call it before they are read (in the handler of `/metrics`),
    /// or every few seconds where an exporter pushes them.
    ///
    /// Counters are given as totals, so a recorder that is installed late loses nothing. The durations of handlers are given
    /// once each, with the upper bound of their [range](super::BUCKETS) as the value: what is reported before there is a
    /// recorder is lost.
    pub fn report_metrics(&self) {
        describe();
        let mut reported = self.observer().counts.reported.lock().unwrap_or_else(PoisonError::into_inner);
        for sample in self.stats().samples {
            report(sample, &mut reported);
        }
    }
}

fn describe() {
    for figure in FIGURES {
        match figure.kind {
            Kind::Counter => describe_counter!(figure.name, figure.help),
            Kind::Gauge => describe_gauge!(figure.name, figure.help),
            Kind::Histogram => describe_histogram!(figure.name, figure.help),
        }
    }
}

fn report(sample: Sample, reported: &mut Reported) {
    let labels: Vec<Label> =
        sample.labels.iter().map(|(label, value)| Label::from_static_parts(label, value)).collect();
    let counts = match sample.value {
        Value::Number(number) => {
            // handles are made anew each time: one that was made before there was a recorder counts nothing, forever
            match FIGURES.iter().find(|figure| figure.name == sample.name).map(|figure| figure.kind) {
                Some(Kind::Gauge) => gauge!(sample.name, labels).set(number as f64),
                _ => counter!(sample.name, labels).absolute(number),
            }
            return;
        }
        Value::Histogram { counts, .. } => counts,
    };
    let known = match reported.iter_mut().find(|(labels, _)| *labels == sample.labels) {
        Some((_, known)) => known,
        None => {
            reported.push((sample.labels, vec![0; counts.len()]));
            let Some((_, known)) = reported.last_mut() else { return };
            known
        }
    };
    let durations = histogram!(sample.name, labels);
    for (at, (count, known)) in counts.into_iter().zip(known).enumerate() {
        // what is longer than all bounds
        let value = BUCKETS.get(at).copied().unwrap_or(2.0 * BUCKETS[BUCKETS.len() - 1]);
        let new = usize::try_from(count.saturating_sub(*known)).unwrap_or(usize::MAX);
        if new > 0 {
            durations.record_many(value, new);
        }
        *known = count;
    }
}
