//! What a platform prints when it is asked the vectors.

/// Outputs to one vector, the code among them, in the order in which they were printed.
pub type Answer = Vec<(String, String)>;

/// For each vector a line `vector`, then its `key = value` lines; or `left out`, which is `None`,
/// where the platform has no question for it.
///
/// # Errors
/// The first line that is neither.
pub fn answers(printed: &str) -> Result<Vec<Option<Answer>>, String> {
    let mut answers: Vec<Option<Answer>> = Vec::new();
    for line in printed.lines() {
        match (line, answers.last_mut(), line.split_once('=')) {
            ("vector", ..) => answers.push(Some(Vec::new())),
            ("left out", Some(last), _) => *last = None,
            (_, Some(Some(last)), Some((key, value))) => last.push((key.trim().into(), value.trim().into())),
            _ => return Err(format!("not understood: {line}")),
        }
    }
    Ok(answers)
}

/// Writes answers as [`answers`] reads them.
pub fn printed(answers: &[Option<Answer>]) -> String {
    let mut text = String::new();
    for answer in answers {
        text += "vector\n";
        match answer {
            Some(lines) => lines.iter().for_each(|(key, value)| text += &format!("{key} = {value}\n")),
            None => text += "left out\n",
        }
    }
    text
}
