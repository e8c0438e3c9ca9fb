//! Sockets to listen on.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};

use socket2::{Domain, Protocol, Socket, Type};

use super::Error;
use crate::config::Listen;

/// Connections that the kernel holds before they are accepted.
const BACKLOG: i32 = 4096;

/// Listens on what a setting names: one address, or every address of both families.
pub(super) fn bind(setting: &'static str, listen: Listen) -> Result<TcpListener, Error> {
    match listen {
        Listen::At(address) => open(setting, address),
        Listen::Everywhere { port } => {
            let both = SocketAddr::from((Ipv6Addr::UNSPECIFIED, port));
            // Machines without IPv6 have the other family only.
            open(setting, both).or_else(|_| open(setting, (Ipv4Addr::UNSPECIFIED, port).into()))
        }
    }
}

fn open(setting: &'static str, address: SocketAddr) -> Result<TcpListener, Error> {
    let socket = || {
        let socket = Socket::new(
            Domain::for_address(address),
            Type::STREAM,
            Some(Protocol::TCP),
        )?;
        if address.is_ipv6() {
            socket.set_only_v6(false)?;
        }
        socket.set_reuse_address(true)?;
        socket.bind(&address.into())?;
        socket.listen(BACKLOG)?;
        Ok(socket.into())
    };
    socket().map_err(|cause| Error::Listen {
        setting,
        address,
        cause,
    })
}
