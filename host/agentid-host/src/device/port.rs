//! What a device is reached through.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serial2::SerialPort;

/// A line of bytes to a device, in both directions.
pub trait Port: Read + Write {
    /// Limits how long a read or a write can take. `timeout` is not 0.
    ///
    /// # Errors
    /// Those of the system.
    fn set_timeout(&mut self, timeout: Duration) -> io::Result<()>;
}

impl Port for TcpStream {
    fn set_timeout(&mut self, timeout: Duration) -> io::Result<()> {
        self.set_read_timeout(Some(timeout))?;
        self.set_write_timeout(Some(timeout))
    }
}

#[cfg(unix)]
impl Port for std::os::unix::net::UnixStream {
    fn set_timeout(&mut self, timeout: Duration) -> io::Result<()> {
        self.set_read_timeout(Some(timeout))?;
        self.set_write_timeout(Some(timeout))
    }
}

impl Port for SerialPort {
    fn set_timeout(&mut self, timeout: Duration) -> io::Result<()> {
        self.set_read_timeout(timeout)?;
        self.set_write_timeout(timeout)
    }
}

impl<P: Port + ?Sized> Port for Box<P> {
    fn set_timeout(&mut self, timeout: Duration) -> io::Result<()> {
        (**self).set_timeout(timeout)
    }
}

/// Opens a serial port, such as `/dev/ttyACM0` or `COM3`: 8 bits, no parity, 1 stop bit.
///
/// # Errors
/// Those of the system.
pub fn open_serial(path: &str, baud: u32) -> io::Result<SerialPort> {
    let port = SerialPort::open(path, baud)?;
    // Some USB chips leave the lines unconnected without it. A pseudo-terminal has no such line.
    let _ = port.set_dtr(true);
    Ok(port)
}
