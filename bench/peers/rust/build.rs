//! Tells the program which version of tikv-client Cargo.lock names.

fn main() {
    println!("cargo:rerun-if-changed=Cargo.lock");
    let lock = std::fs::read_to_string("Cargo.lock").unwrap_or_default();
    let entry = lock.split("[[package]]").find(|one| one.contains("name = \"tikv-client\""));
    let version = entry.and_then(|one| one.split('"').nth(3)).unwrap_or("unknown");
    println!("cargo:rustc-env=CLIENT_VERSION={version}");
}
