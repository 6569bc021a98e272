//! Writes the seeds of every target into folders of its name, for libFuzzer: `seeds FOLDER`.

use std::fs;
use std::path::PathBuf;

use agentid_fuzz::{seeds, targets};

/// libFuzzer makes its inputs as long as the longest seed; the longest tokens would slow everything
/// down.
const LONGEST: usize = 2_048;

fn main() -> std::io::Result<()> {
    let folder = PathBuf::from(std::env::args_os().nth(1).expect("seeds FOLDER"));
    for (target, _) in targets::ALL {
        let folder = folder.join(target);
        fs::create_dir_all(&folder)?;
        for (number, seed) in seeds::of(target).iter().filter(|seed| seed.len() <= LONGEST).enumerate() {
            fs::write(folder.join(format!("vector-{number}")), seed)?;
        }
    }
    Ok(())
}
