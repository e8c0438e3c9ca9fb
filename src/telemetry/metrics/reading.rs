//! Numbers that their owners are asked for at each scrape.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;

/// One metric as it stands now: a name, what it means, and one value or a few under a label.
#[derive(Clone, Debug)]
pub struct Reading {
    name: &'static str,
    help: &'static str,
    kind: Kind,
    samples: Vec<Sample>,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Gauge,
    Counter,
}

#[derive(Clone, Debug)]
struct Sample {
    label: Option<(&'static str, &'static str)>,
    value: u64,
}

impl Reading {
    /// A number that goes up and down.
    pub fn gauge(name: &'static str, help: &'static str) -> Self {
        Self::new(name, help, Kind::Gauge)
    }

    /// A number that only grows; `_total` is added to the name.
    pub fn counter(name: &'static str, help: &'static str) -> Self {
        Self::new(name, help, Kind::Counter)
    }

    /// The same, with a value that has no label.
    pub fn value(mut self, value: u64) -> Self {
        self.samples.push(Sample { label: None, value });
        self
    }

    /// The same, with a value under `label="word"`.
    pub fn labelled(mut self, label: &'static str, word: &'static str, value: u64) -> Self {
        let label = Some((label, word));
        self.samples.push(Sample { label, value });
        self
    }

    fn new(name: &'static str, help: &'static str, kind: Kind) -> Self {
        Self {
            name,
            help,
            kind,
            samples: Vec::new(),
        }
    }

    fn encode(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let kind = match self.kind {
            Kind::Gauge => MetricType::Gauge,
            Kind::Counter => MetricType::Counter,
        };
        // The registry ends what it registers with a full stop too.
        let help = format!("{}.", self.help);
        let mut encoder = encoder.encode_descriptor(self.name, &help, None, kind)?;
        for sample in &self.samples {
            match sample.label {
                None => self.kind.encode(sample.value, &mut encoder)?,
                Some(label) => {
                    let labels = [label];
                    let mut encoder = encoder.encode_family(&labels)?;
                    self.kind.encode(sample.value, &mut encoder)?;
                }
            }
        }
        Ok(())
    }
}

impl Kind {
    fn encode(self, value: u64, encoder: &mut MetricEncoder<'_>) -> fmt::Result {
        match self {
            Self::Gauge => encoder.encode_gauge(&value),
            Self::Counter => encoder.encode_counter::<NoLabelSet, _, u64>(&value, None),
        }
    }
}

type Observer = Box<dyn Fn() -> Vec<Reading> + Send + Sync>;

/// Who is asked; clones share one list.
#[derive(Clone, Default)]
pub(super) struct Observers(Arc<Mutex<Vec<Observer>>>);

impl Observers {
    pub(super) fn add(&self, observer: Observer) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(observer);
    }
}

impl fmt::Debug for Observers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Observers").finish_non_exhaustive()
    }
}

impl Collector for Observers {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let observers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        observers
            .iter()
            .flat_map(|observer| observer())
            .try_for_each(|reading| reading.encode(&mut encoder))
    }
}
