//! A table of ratios as a picture: one bar for each row, as SVG, for light and dark pages.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

/// In pixels: the names, the bars, a row.
const NAMES: f64 = 330.0;
const BARS: f64 = 330.0;
const ROW: f64 = 26.0;
const HEADER: f64 = 34.0;

/// Draws the rows `| name | 12.3 µs | 0.85 | ...` of what a benchmark printed, by the ratio,
/// fastest first. Names in backticks are ours.
pub(crate) fn draw(title: &str, printed: &str, file: &Path) -> Result<()> {
    let mut rows: Vec<(&str, f64)> = printed.lines().filter_map(row).collect();
    rows.sort_by(|a, b| a.1.total_cmp(&b.1));
    let longest = rows.last().context("the benchmark printed no table")?.1;
    let (width, height) = (NAMES + BARS + 90.0, HEADER + ROW * rows.len() as f64 + 8.0);
    let mut svg = format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="system-ui, sans-serif" font-size="13">
<style>text {{ fill: #222 }} .ours {{ fill: #1f6feb }} .other {{ fill: #9aa4b2 }}
@media (prefers-color-scheme: dark) {{ text {{ fill: #ddd }} .ours {{ fill: #58a6ff }} .other {{ fill: #6b7480 }} }}</style>
<text x="8" y="20" font-weight="600">{}</text>
"#,
        escaped(title)
    );
    for (index, (name, ratio)) in rows.iter().enumerate() {
        let top = HEADER + ROW * index as f64;
        let (text, length) = (top + 17.0, (BARS * ratio / longest).max(1.0));
        let class = if name.starts_with('`') { "ours" } else { "other" };
        writeln!(
            svg,
            r#"<text x="{:.0}" y="{text}" text-anchor="end">{}</text><rect class="{class}" x="{NAMES}" y="{}" width="{length:.1}" height="18" rx="2"/><text x="{:.0}" y="{text}">{ratio:.2}</text>"#,
            NAMES - 8.0,
            escaped(&name.replace('`', "")),
            top + 4.0,
            NAMES + length + 6.0,
        )?;
    }
    svg += "</svg>\n";
    fs::write(file, svg).with_context(|| file.display().to_string())
}

fn row(line: &str) -> Option<(&str, f64)> {
    let mut cells = line.trim().strip_prefix("| ")?.split(" | ");
    let name = cells.next()?;
    let ratio = cells.nth(1)?.parse().ok()?;
    Some((name, ratio))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
