//! A socket that the service manager holds for us, so that what connects while we restart waits and is not refused
//! (sd_listen_fds(3)).

#![expect(
    unsafe_code,
    reason = "a descriptor's number is all that is handed over"
)]

use std::net::TcpListener;
use std::os::fd::{FromRawFd, OwnedFd, RawFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::{env, process};

use socket2::{Domain, Socket, Type};

use super::Error;

/// The first descriptor that is handed over.
const FIRST: RawFd = 3;

/// Whether it was taken, as it can be once.
static IS_TAKEN: AtomicBool = AtomicBool::new(false);

/// The socket that was handed over for the public port; `None` where there is none, or it was taken before.
///
/// # Errors
///
/// More than one descriptor, or one that does not listen for TCP.
pub(super) fn socket() -> Result<Option<TcpListener>, Error> {
    let variable = |name| env::var(name).unwrap_or_default();
    let count = count(
        &variable("LISTEN_PID"),
        &variable("LISTEN_FDS"),
        process::id(),
    );
    if count == 0 || IS_TAKEN.swap(true, Ordering::Relaxed) {
        return Ok(None);
    }
    if count > 1 {
        return Err(Error::Inherited("there are several"));
    }
    // SAFETY: who started us left this descriptor open for us alone, and the flag above lets it be taken once.
    let descriptor = unsafe { OwnedFd::from_raw_fd(FIRST) };
    listener(Socket::from(descriptor)).map(Some)
}

/// How many descriptors are meant for the process `own`: who started it may have meant them for itself.
fn count(pid: &str, fds: &str, own: u32) -> u32 {
    if pid.parse() == Ok(own) {
        fds.parse().unwrap_or(0)
    } else {
        0
    }
}

fn listener(socket: Socket) -> Result<TcpListener, Error> {
    let is_internet = matches!(socket.domain(), Ok(Domain::IPV4 | Domain::IPV6));
    let is_stream = matches!(socket.r#type(), Ok(Type::STREAM));
    if is_internet && is_stream && socket.is_listener()? {
        socket.set_cloexec(true)?;
        Ok(socket.into())
    } else {
        Err(Error::Inherited("it does not listen for TCP"))
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixListener;

    use super::*;

    #[test]
    fn only_what_is_meant_for_this_process_counts() {
        for (pid, fds, expected) in [
            ("7", "1", 1),
            ("7", "2", 2),
            ("8", "1", 0),
            ("", "1", 0),
            ("7", "", 0),
            ("7", "x", 0),
            ("-7", "1", 0),
        ] {
            assert_eq!(count(pid, fds, 7), expected, "{pid} {fds}");
        }
    }

    #[test]
    fn a_socket_that_does_not_listen_for_tcp_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let unix = UnixListener::bind(folder.path().join("socket")).unwrap();
        assert!(listener(Socket::from(OwnedFd::from(unix))).is_err());
        let idle = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        assert!(listener(idle).is_err());
        let listening = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listening.local_addr().unwrap();
        let taken = listener(Socket::from(OwnedFd::from(listening))).unwrap();
        assert_eq!(taken.local_addr().unwrap(), address);
    }
}
