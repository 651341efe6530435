/** How many terminal columns a text takes, and where it may be cut: between what people see as characters. No locale. */

/**
 * One user-perceived character: a short form of Unicode's UAX 29 (no `Intl` in core, whose answer depends on the ICU build).
 *
 * In order: a flag (two regional indicators), a Hangul syllable spelled in jamo, a sequence of joined emoji, and any
 * other code point with the marks that attach to it.
 */
const CLUSTER =
  /\p{RI}{2}|[\u1100-\u115f\ua960-\ua97c][\u1160-\u11ff\ud7b0-\ud7fb]*|\p{ExtPict}\ufe0f?\p{EMod}?(?:\u200d\p{ExtPict}\ufe0f?\p{EMod}?)*\p{M}*|[\s\S][\p{M}\u200d]*/gu;

/** Takes two columns: flags, emoji that show as such without being asked, East Asian wide and full-width letters. */
const WIDE =
  /^(?:\p{RI}{2}|(?!\p{RI})\p{EPres}|[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18dff}\u{1aff0}-\u{1b2ff}\u{1f200}-\u{1f2ff}\u{20000}-\u{3fffd}])/u;

/** A picture that is an emoji because the selector behind it says so: `⚠️`, `1️⃣`. */
const ASKED_EMOJI = /^\p{Emoji}\ufe0f/u;

/** What takes no column: it attaches to whatever stands before it, or is not visible at all. */
const INVISIBLE = /^[\p{M}\p{Cc}\p{Cf}\u1160-\u11ff]/u;

/** Printable ASCII: nearly every text, and then its length is its width. */
const PLAIN = /^[ -~]*$/;

/** The text's characters as people see them; joined they are the text again. */
export function clustersOf(text: string): readonly string[] {
  return text.match(CLUSTER) ?? [];
}

/** Columns of a text on a terminal. Control characters count nothing: take them out first (`printable`). */
export function displayWidth(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let width = 0;
  for (const cluster of clustersOf(text)) width += clusterWidth(cluster);
  return width;
}

function clusterWidth(cluster: string): 0 | 1 | 2 {
  // First: a mark of a wide script that stands alone (U+3099) attaches to whatever the line has before it.
  if (INVISIBLE.test(cluster)) return 0;
  return WIDE.test(cluster) || ASKED_EMOJI.test(cluster) ? 2 : 1;
}

/**
 * Breaks a text into lines, at spaces where it can, inside a word that is too long between two characters.
 *
 * @param columns - of a line, >= 2 so that every character fits
 * @returns at least one line; each at most `columns` wide; only spaces at breaks are dropped
 */
export function wrapText(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = '';
  let width = 0;
  for (const word of text.split(' ').flatMap((one) => chunksOf(one, columns))) {
    const gap = line === '' ? 0 : 1;
    const more = displayWidth(word);
    if (line !== '' && width + gap + more > columns) {
      lines.push(line);
      line = word;
      width = more;
    } else {
      line += gap === 1 ? ` ${word}` : word;
      width += gap + more;
    }
  }
  return [...lines, line];
}

/** The same, every line indented as the text is; `hang`: all but the first by so many columns more. */
export function wrapIndented(text: string, columns: number, hang = 0): string[] {
  const words = text.trimStart();
  const indent = text.length - words.length;
  const [first = ''] = wrapText(words, Math.max(2, columns - indent));
  const rest = words.slice(first.length).trimStart();
  const others = rest === '' ? [] : wrapText(rest, Math.max(2, columns - indent - hang));
  return [' '.repeat(indent) + first, ...others.map((line) => ' '.repeat(indent + hang) + line)];
}

/** A word as it is, or cut into pieces that fit. */
function chunksOf(word: string, columns: number): string[] {
  if (displayWidth(word) <= columns) return [word];
  const chunks: string[] = [];
  let chunk = '';
  let width = 0;
  for (const cluster of clustersOf(word)) {
    const more = clusterWidth(cluster);
    if (width + more > columns) {
      chunks.push(chunk);
      chunk = '';
      width = 0;
    }
    chunk += cluster;
    width += more;
  }
  return [...chunks, chunk];
}
