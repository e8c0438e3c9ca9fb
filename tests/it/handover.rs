//! A socket that the service manager holds over restarts.

use std::net::TcpListener;

use crate::support::{Connection, Process};

#[test]
fn who_connects_while_nobody_serves_waits_for_the_next_who_does() {
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let process = Process::serve_on(&socket);
    assert_eq!(process.address(), socket.local_addr().unwrap());
    assert_eq!(process.get("/health").status, 200);
    assert!(process.terminate().success());
    let mut waiting = Connection::open(socket.local_addr().unwrap());
    waiting.ask("GET", "/health", &[]);
    let _process = Process::serve_on(&socket);
    assert_eq!(waiting.read_reply(true).status, 200);
}

#[test]
fn descriptors_that_are_meant_for_another_process_are_left_alone() {
    let meant_for_init = [("LISTEN_FDS", "1"), ("LISTEN_PID", "1")];
    let process = Process::serve(&meant_for_init);
    assert_eq!(process.get("/health").status, 200);
}
