//! The `inkfish` command.

fn main() {}
