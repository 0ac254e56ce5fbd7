/// Counts durations in nanoseconds, with an error of 1/64 at most.
pub struct Histogram {
    counts: Vec<u64>,
    pub total: u64,
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
        Histogram { counts: vec![0; BUCKETS], total: 0 }
    }

    pub fn add(&mut self, ns: u64) {
        self.counts[bucket(ns)] += 1;
        self.total += 1;
    }

    pub fn merge(&mut self, other: &Histogram) {
        for (mine, theirs) in self.counts.iter_mut().zip(&other.counts) {
            *mine += theirs;
        }
        self.total += other.total;
    }

    /// In microseconds.
    pub fn quantile(&self, part: f64) -> f64 {
        let mut seen = 0;
        for (i, count) in self.counts.iter().enumerate() {
            seen += count;
            if seen as f64 >= part * self.total as f64 {
                return middle(i) / 1000.0;
            }
        }
        0.0
    }
}
