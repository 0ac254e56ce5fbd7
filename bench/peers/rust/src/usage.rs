use std::time::Instant;

use crate::histogram::Histogram;
use crate::Arguments;

/// What this process and the server had used at one moment, in seconds.
pub struct Usage {
    when: Instant,
    user: f64,
    system: f64,
    switches: f64,
    server: f64,
}

impl Usage {
    pub fn now(server: u32) -> Usage {
        // SAFETY: getrusage fills the whole struct.
        let own = unsafe {
            let mut own: libc::rusage = std::mem::zeroed();
            libc::getrusage(libc::RUSAGE_SELF, &mut own);
            own
        };
        let seconds = |time: libc::timeval| time.tv_sec as f64 + time.tv_usec as f64 / 1e6;
        Usage {
            when: Instant::now(),
            user: seconds(own.ru_utime),
            system: seconds(own.ru_stime),
            switches: own.ru_nvcsw as f64,
            server: cpu_of(server),
        }
    }
}

/// Another process's CPU time, in the kernel's ticks of 10 ms.
fn cpu_of(pid: u32) -> f64 {
    let Ok(stat) = std::fs::read_to_string(format!("/proc/{pid}/stat")) else {
        return 0.0;
    };
    let after_name = stat.rsplit(')').next().unwrap_or("");
    let ticks = |at: usize| -> f64 {
        let word = after_name.split_whitespace().nth(at).unwrap_or("0");
        word.parse().unwrap_or(0.0)
    };
    (ticks(11) + ticks(12)) / 100.0
}

/// One measurement; the names are those of bench/meter.cc.
pub fn line(arguments: &Arguments, times: &Histogram, before: &Usage, after: &Usage) -> String {
    let seconds = (after.when - before.when).as_secs_f64();
    let ops = times.total().max(1) as f64;
    let user = after.user - before.user;
    let system = after.system - before.system;
    let numbers = [
        ("callers", arguments.callers as f64),
        ("ops", times.total() as f64),
        ("seconds", seconds),
        ("ops_per_s", ops / seconds),
        ("cpu_us", (user + system) * 1e6 / ops),
        ("user_us", user * 1e6 / ops),
        ("system_us", system * 1e6 / ops),
        ("p50_us", times.quantile(0.5)),
        ("p99_us", times.quantile(0.99)),
        ("switches", (after.switches - before.switches) / ops),
        ("cores", (user + system) / seconds),
        ("server_cores", (after.server - before.server) / seconds),
    ];
    let mut text = format!(
        "{{\"client\":\"client-rust\",\"version\":\"{}\",\"work\":\"{}\",\"mode\":\"async\"",
        env!("CLIENT_VERSION"),
        arguments.work
    );
    for (name, number) in numbers {
        text += &format!(",\"{name}\":{number}");
    }
    text + "}"
}
