//! LEDs that light when their pin is low, as all four of this board do: they hang between supply
//! and pin.

use embedded_hal::digital::{ErrorType, OutputPin};

/// Turns high and low round, so that "on" is high for whoever switches it.
#[derive(Debug)]
pub(crate) struct ActiveLow<P>(pub(crate) P);

impl<P: OutputPin> ErrorType for ActiveLow<P> {
    type Error = P::Error;
}

impl<P: OutputPin> OutputPin for ActiveLow<P> {
    fn set_low(&mut self) -> Result<(), P::Error> {
        self.0.set_high()
    }

    fn set_high(&mut self) -> Result<(), P::Error> {
        self.0.set_low()
    }
}
