use std::sync::atomic::{AtomicU64, Ordering};

/// Counts durations in nanoseconds, with an error of 1/64 at most. All callers share one: a thousand of them would fill
/// the processor's caches.
pub struct Histogram {
    counts: Vec<AtomicU64>,
    total: AtomicU64,
}

const BUCKETS: usize = 64 * 40;

fn bucket(ns: u64) -> usize {
    if ns < 64 {
        return ns as usize;
    }
    let exponent = 57 - ns.leading_zeros() as usize;
    let at = (exponent + 1) * 64 + (ns >> exponent & 63) as usize;
    at.min(BUCKETS - 1)
}

fn middle(bucket: usize) -> f64 {
    if bucket < 64 {
        return bucket as f64;
    }
    let exponent = bucket / 64 - 1;
    (((64 + bucket as u64 % 64) << exponent) as f64) + ((1u64 << exponent) as f64) / 2.0
}

impl Histogram {
    pub fn new() -> Self {
        Histogram { counts: (0..BUCKETS).map(|_| AtomicU64::new(0)).collect(), total: AtomicU64::new(0) }
    }

    pub fn add(&self, ns: u64) {
        self.counts[bucket(ns)].fetch_add(1, Ordering::Relaxed);
        self.total.fetch_add(1, Ordering::Relaxed);
    }

    pub fn total(&self) -> u64 {
        self.total.load(Ordering::Relaxed)
    }

    /// In microseconds.
    pub fn quantile(&self, part: f64) -> f64 {
        let mut seen = 0;
        for (i, count) in self.counts.iter().enumerate() {
            seen += count.load(Ordering::Relaxed);
            if seen as f64 >= part * self.total() as f64 {
                return middle(i) / 1000.0;
            }
        }
        0.0
    }
}
