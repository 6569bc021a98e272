//! Lines to devices: byte streams whose reads and writes end after a while.

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
#[cfg(unix)]
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// A byte stream to a device. It holds back nothing of what is written.
pub trait Line: Read + Write {
    /// Sets how long each read and write may wait; it is longer than 0. One that would take longer
    /// fails with [`io::ErrorKind::TimedOut`] or [`io::ErrorKind::WouldBlock`].
    ///
    /// # Errors
    /// Those of the system.
    fn set_limit(&mut self, limit: Duration) -> io::Result<()>;
}

impl Line for TcpStream {
    fn set_limit(&mut self, limit: Duration) -> io::Result<()> {
        self.set_read_timeout(Some(limit))?;
        self.set_write_timeout(Some(limit))
    }
}

#[cfg(unix)]
impl Line for UnixStream {
    fn set_limit(&mut self, limit: Duration) -> io::Result<()> {
        self.set_read_timeout(Some(limit))?;
        self.set_write_timeout(Some(limit))
    }
}

impl<L: Line + ?Sized> Line for Box<L> {
    fn set_limit(&mut self, limit: Duration) -> io::Result<()> {
        (**self).set_limit(limit)
    }
}

/// A serial port: 8 bits, no parity, one stop bit, no flow control.
#[derive(Debug)]
pub struct SerialLine(serial2::SerialPort);

impl SerialLine {
    /// Opens a port, such as `/dev/ttyACM0` or `COM3`, at this many bits per second.
    ///
    /// # Errors
    /// Those of the system: there is no such port, it is not this user's, it is no serial port, or it
    /// does not take this rate.
    pub fn open(port: &Path, baud: u32) -> io::Result<Self> {
        let port = serial2::SerialPort::open(port, baud)?;
        // Some USB chips leave the lines unconnected without it. A pseudo-terminal has no such line.
        let _ = port.set_dtr(true);
        Ok(Self(port))
    }
}

impl Read for SerialLine {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Write for SerialLine {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        // Waiting until the hardware has sent everything has no limit, and an answer says the same.
        Ok(())
    }
}

impl Line for SerialLine {
    fn set_limit(&mut self, limit: Duration) -> io::Result<()> {
        self.0.set_read_timeout(limit)?;
        self.0.set_write_timeout(limit)
    }
}

/// Connects to a socket that stands for a serial line, as an emulator or a terminal server offers
/// it: `host:port`, or the path of a Unix socket.
///
/// # Errors
/// Those of the system: no such host, nobody listens there, or not within this time.
/// [`io::ErrorKind::InvalidInput`] if the address is none.
pub fn connect(address: &str, limit: Duration) -> io::Result<Box<dyn Line>> {
    if address.contains('/') || !address.contains(':') {
        return connect_path(address);
    }
    let mut failed = io::Error::new(io::ErrorKind::NotFound, "the host has no address");
    for address in address.to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, limit) {
            Ok(stream) => {
                stream.set_nodelay(true)?;
                return Ok(Box::new(stream));
            }
            Err(error) => failed = error,
        }
    }
    Err(failed)
}

#[cfg(unix)]
fn connect_path(path: &str) -> io::Result<Box<dyn Line>> {
    Ok(Box::new(UnixStream::connect(path)?))
}

#[cfg(not(unix))]
fn connect_path(_: &str) -> io::Result<Box<dyn Line>> {
    Err(io::Error::new(io::ErrorKind::InvalidInput, "this system has no Unix sockets: give host:port"))
}
