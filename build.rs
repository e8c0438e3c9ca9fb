//! Compiles the C that reaches into libjpeg where its public interface does not.

use std::env;

fn main() {
    const SOURCE: &str = "src/image/jpeg_inside.c";
    println!("cargo::rerun-if-changed={SOURCE}");
    let headers = env::var_os("DEP_JPEG_INCLUDE").expect("mozjpeg-sys names its headers");
    cc::Build::new()
        .file(SOURCE)
        .includes(env::split_paths(&headers))
        .compile("inkfish_jpeg_inside");
}
