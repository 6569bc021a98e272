//! Counting instructions: under `-icount shift=0` QEMU's time goes on by 1 ns per instruction, and
//! SysTick counts it.

use cortex_m::peripheral::SYST;
use cortex_m::peripheral::syst::SystClkSource;

/// Twice the instructions per SysTick tick, because the micro:bit has 62.5: 10^9 divided by the
/// clock of the machine.
pub const INSTRUCTIONS_PER_TICK_X2: u64 = if cfg!(machine = "microbit") {
    125 // 16 MHz
} else if cfg!(machine = "mps2-an505") {
    100 // 20 MHz
} else {
    80 // 25 MHz
};

/// SysTick as a stopwatch. It counts 24 bits: less than 671 million instructions.
pub struct Stopwatch(SYST);

impl Stopwatch {
    /// Starts the timer.
    pub fn new(mut timer: SYST) -> Self {
        timer.set_clock_source(SystClkSource::Core);
        timer.set_reload(0x00FF_FFFF);
        timer.clear_current();
        timer.enable_counter();
        Self(timer)
    }

    /// How many instructions `runs` calls take, divided by `runs`; the loop around them included.
    pub fn instructions(&mut self, runs: u32, mut call: impl FnMut()) -> u64 {
        self.0.clear_current();
        let start = SYST::get_current();
        for _ in 0..runs {
            call();
        }
        let ticks = start.wrapping_sub(SYST::get_current()) & 0x00FF_FFFF;
        u64::from(ticks) * INSTRUCTIONS_PER_TICK_X2 / 2 / u64::from(runs)
    }
}
