//! Writes `tests/vectors/` anew and removes what the generator does not know.

use std::{fs, io};

use agentid_test_kit::vectors::{folder, rendered};

fn main() -> io::Result<()> {
    let files = rendered();
    fs::create_dir_all(folder())?;
    for entry in fs::read_dir(folder())? {
        let path = entry?.path();
        if path.extension().is_some_and(|ext| ext == "txt") {
            fs::remove_file(path)?;
        }
    }
    for (name, content) in &files {
        fs::write(folder().join(name), content)?;
    }
    println!("{} files in tests/vectors", files.len());
    Ok(())
}
