// Whether text can be read: measured on what the browser has laid out.

/** In the page: text below 4.5 to 1 (WCAG 2.2, 1.4.3) on the background behind it. */
export function lowContrast() {
  const parse = (colour) => colour.match(/[\d.]+/g).map(Number);
  const luminance = (colour) => {
    const [red, green, blue] = parse(colour).map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const background = (node) => {
    for (let at = node; at !== null; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (parse(colour)[3] !== 0) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const low = new Set();
  for (const node of document.querySelectorAll("body, body *")) {
    const own = node.value || [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim() !== "");
    if (!own || !node.checkVisibility()) continue;
    const lights = [luminance(getComputedStyle(node).color), luminance(background(node))].sort((one, other) => other - one);
    const ratio = (lights[0] + 0.05) / (lights[1] + 0.05);
    if (ratio < 4.5) low.add(`${node.tagName} ${node.className}: ${ratio.toFixed(2)}`);
  }
  return [...low];
}
