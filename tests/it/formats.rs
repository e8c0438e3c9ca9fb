//! Formats in and out: what is read, what is written, and who chooses.
