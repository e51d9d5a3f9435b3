//! Free ports on loopback, chosen by the kernel.

use std::net::{Ipv4Addr, TcpListener};

use anyhow::{Context, Result};

/// Asks the kernel for `N` ports that are free now.
///
/// All are held while the next is asked for, so they differ. Between this call and the server's own bind another process
/// may take one; whoever starts a server tries again with new ports.
pub(crate) fn free<const N: usize>() -> Result<[u16; N]> {
    let mut listeners = Vec::with_capacity(N);
    let mut ports = [0; N];
    for port in &mut ports {
        let listener =
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("bind a free port on 127.0.0.1")?;
        *port = listener
            .local_addr()
            .context("read the port the kernel chose")?
            .port();
        listeners.push(listener);
    }
    Ok(ports)
}
