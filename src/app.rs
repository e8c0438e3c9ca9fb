//! Being built.

/// Being built.
///
/// # Errors
///
/// Always.
pub fn serve(_config: crate::config::Config) -> std::io::Result<()> {
    Err(std::io::Error::other("the server is not built yet"))
}
