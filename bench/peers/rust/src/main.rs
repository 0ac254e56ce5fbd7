//! The benchmark's work done by client-rust: the same operations, callers, window and output line as
//! bench/client_bench.cc.

mod histogram;
mod usage;
mod works;

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::Arc;
use std::time::{Duration, Instant};

use histogram::Histogram;
use usage::Usage;
use works::{Failure, Works};

// Phases of a run, in order.
const WARMING: u8 = 0;
const MEASURING: u8 = 1;
const OVER: u8 = 2;

pub struct Arguments {
    pub pd: Vec<String>,
    pub work: String,
    pub callers: u64,
    pub warm: f64,
    pub seconds: f64,
    pub server: u32,
}

fn parse() -> Result<Arguments, Failure> {
    let mut arguments = Arguments {
        pd: vec!["127.0.0.1:2379".to_owned()],
        work: "raw_get".to_owned(),
        callers: 1,
        warm: 0.3,
        seconds: 1.0,
        server: 0,
    };
    let mut words = std::env::args().skip(1);
    while let Some(name) = words.next() {
        let value = words.next().ok_or_else(|| format!("{name} needs a value"))?;
        match name.as_str() {
            "--pd" => arguments.pd = value.split(',').map(str::to_owned).collect(),
            "--work" => arguments.work = value,
            "--callers" => arguments.callers = value.parse()?,
            "--warm" => arguments.warm = value.parse()?,
            "--seconds" => arguments.seconds = value.parse()?,
            "--server-pid" => arguments.server = value.parse()?,
            _ => return Err(format!("no such option: {name}").into()),
        }
    }
    Ok(arguments)
}

/// Repeats the operation until the run is over.
async fn caller(works: Arc<Works>, index: u64, phase: Arc<AtomicU8>, times: Arc<Histogram>) -> Result<(), Failure> {
    let mut begin = Instant::now();
    let mut n = 0;
    loop {
        if phase.load(Ordering::Relaxed) == OVER {
            return Ok(());
        }
        works.run(index, n).await?;
        let end = Instant::now();
        if phase.load(Ordering::Relaxed) == MEASURING {
            times.add((end - begin).as_nanos() as u64);
        }
        begin = end;
        n += 1;
    }
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let arguments = parse()?;
    let works = Arc::new(Works::connect(&arguments).await?);
    let phase = Arc::new(AtomicU8::new(WARMING));
    let times = Arc::new(Histogram::new());
    let callers: Vec<_> = (0..arguments.callers)
        .map(|index| tokio::spawn(caller(works.clone(), index, phase.clone(), times.clone())))
        .collect();

    tokio::time::sleep(Duration::from_secs_f64(arguments.warm)).await;
    phase.store(MEASURING, Ordering::Relaxed);
    let before = Usage::now(arguments.server);
    tokio::time::sleep(Duration::from_secs_f64(arguments.seconds)).await;
    let after = Usage::now(arguments.server);
    phase.store(OVER, Ordering::Relaxed);

    for one in callers {
        one.await??;
    }
    println!("{}", usage::line(&arguments, &times, &before, &after));
    // The client's own tasks would be waited for.
    std::process::exit(0)
}
