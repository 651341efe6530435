/** Makes any text safe to show: nothing in it can move the cursor, colour, hide or reorder what stands around it. */

/** Line ends and tabs of every kind, and runs of spaces. */
const SPACES = /[\t\n\v\f\r\u0085\u2028\u2029 ]+/g;

/** C0 controls and DEL: shown as their pictures (`␛` for escape), so that an attack is seen, not obeyed. */
const C0_CONTROLS = /[\u0000-\u001f\u007f]/g;

/** C1 controls, halves of surrogate pairs and unassigned or private code points, whose width nobody knows. */
const UNSHOWABLE = /[\u0080-\u009f\p{Cs}\p{Cn}\p{Co}]/gu;

/** Reorders text (bidi) or shows nothing at all; only the joiner stays, emoji are made with it. */
const HIDDEN = /(?!\u200d)\p{Cf}|\u034f|[\u115f\u1160\u3164\uffa0]/gu;

const REPLACEMENT = '\ufffd';

/** Words of printable ASCII with one space between: nearly every text, and it needs nothing done. */
const PLAIN = /^[!-~]+(?: [!-~]+)*$/;

/**
 * The text on one line, without control, bidi or invisible characters.
 *
 * Letters, marks, emoji and ASCII come through untouched; runs of white space become one space.
 */
export function printable(text: string): string {
  if (text === '' || PLAIN.test(text)) return text;
  return text
    .replace(SPACES, ' ')
    .replace(C0_CONTROLS, (control) =>
      control === '\u007f' ? '\u2421' : String.fromCharCode(0x2400 + control.charCodeAt(0)),
    )
    .replace(UNSHOWABLE, REPLACEMENT)
    .replace(HIDDEN, '')
    .trim();
}
