//! A recorder of the crate `metrics` that keeps what it is given.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use metrics::{
    Counter, CounterFn, Gauge, GaugeFn, Histogram, HistogramFn, Key, KeyName, Metadata, SharedString, Unit,
};

/// The last value of each counter and gauge, and how many values each histogram has.
#[derive(Debug, Default)]
pub(crate) struct Recorder(Arc<Mutex<HashMap<String, f64>>>);

struct Cell {
    name: String,
    of: Arc<Mutex<HashMap<String, f64>>>,
}

impl Recorder {
    /// The value of `name{label=value,..}`; 0 if there is none.
    pub(crate) fn get(&self, name: &str) -> f64 {
        self.0.lock().expect("no panic").get(name).copied().unwrap_or(0.0)
    }

    fn cell(&self, key: &Key) -> Arc<Cell> {
        let labels: Vec<_> = key.labels().map(|label| format!("{}={}", label.key(), label.value())).collect();
        Arc::new(Cell { name: format!("{}{{{}}}", key.name(), labels.join(",")), of: self.0.clone() })
    }
}

impl Cell {
    fn set(&self, value: f64) {
        self.of.lock().expect("no panic").insert(self.name.clone(), value);
    }

    fn add(&self, more: f64) {
        *self.of.lock().expect("no panic").entry(self.name.clone()).or_default() += more;
    }
}

impl CounterFn for Cell {
    fn increment(&self, more: u64) {
        self.add(more as f64);
    }

    fn absolute(&self, value: u64) {
        self.set(value as f64);
    }
}

impl GaugeFn for Cell {
    fn increment(&self, more: f64) {
        self.add(more);
    }

    fn decrement(&self, less: f64) {
        self.add(-less);
    }

    fn set(&self, value: f64) {
        Self::set(self, value);
    }
}

impl HistogramFn for Cell {
    fn record(&self, _: f64) {
        self.add(1.0);
    }
}

impl metrics::Recorder for Recorder {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(self.cell(key))
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::from_arc(self.cell(key))
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::from_arc(self.cell(key))
    }
}
