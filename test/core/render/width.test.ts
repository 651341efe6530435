import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { printable } from '../../../src/core/render/printable.ts';
import { clustersOf, displayWidth, wrapIndented, wrapText } from '../../../src/core/render/width.ts';

test('a text is as wide as a terminal shows it', () => {
  const table: [string, number, string][] = [
    ['', 0, 'nothing'],
    ['BTC-USD', 7, 'ASCII'],
    ['é', 1, 'a letter with its accent in it'],
    ['e\u0301', 1, 'a letter and an accent'],
    ['\u3099', 0, 'a mark of a wide script that stands alone'],
    ['क्षि', 1 + 1, 'two Devanagari letters with their signs'],
    ['ที่', 1, 'a Thai letter with two marks'],
    ['币安', 4, 'Chinese'],
    ['업비트', 6, 'Korean'],
    ['\u1112\u1161\u11ab', 2, 'a Korean syllable in jamo'],
    ['ｶﾞ', 2, 'half-width katakana'],
    ['￥', 2, 'a full-width sign'],
    ['✅', 2, 'an emoji'],
    ['🟡', 2, 'a newer emoji'],
    ['⚠️', 2, 'a sign asked to be an emoji'],
    ['⚠', 1, 'the same sign as text'],
    ['1️⃣', 2, 'a keycap'],
    ['👍🏽', 2, 'a skin tone'],
    ['👩‍💻', 2, 'joined emoji'],
    ['👨‍👩‍👧‍👦', 2, 'a family'],
    ['🇯🇵', 2, 'a flag'],
    ['🇯🇵🇺🇸', 4, 'two flags'],
    ['│', 1, 'a box line'],
    ['\u200b\ufeff', 0, 'invisible'],
  ];
  for (const [text, width, name] of table) assert.equal(displayWidth(text), width, `${name}: ${text}`);
});

test('characters are never cut apart', () => {
  for (const character of ['e\u0301', '👨‍👩‍👧‍👦', '🇯🇵', '👍🏽', '1️⃣', '\u1112\u1161\u11ab', '⚠️']) {
    assert.deepEqual(clustersOf(character), [character]);
    assert.deepEqual(wrapText(character.repeat(3), 2).join(''), character.repeat(3));
    assert.ok(wrapText(character.repeat(3), 2).every((line) => line.startsWith(character)));
  }
});

test('wrapping breaks at spaces where it can, and inside a word that is too long', () => {
  assert.deepEqual(wrapText('no REST cache in a replay', 10), ['no REST', 'cache in a', 'replay']);
  assert.deepEqual(wrapText('a 币安币安币 b', 5), ['a', '币安', '币安', '币 b']);
  assert.deepEqual(wrapText('', 5), ['']);
});

test('an indent is that of all lines, and a label stands out', () => {
  assert.deepEqual(wrapIndented('  one two three', 9), ['  one two', '  three']);
  assert.deepEqual(wrapIndented('Note: one two three', 14, 6), ['Note: one two', '      three']);
  assert.deepEqual(wrapIndented('  short', 80, 6), ['  short']);
  assert.deepEqual(wrapIndented('', 80), ['']);
});

test('property: indented lines fit and hold the whole text, too', () => {
  const anyText = fc.string({ unit: 'grapheme', maxLength: 60 });
  fc.assert(
    fc.property(anyText, fc.nat(4), fc.nat(4), fc.integer({ min: 10, max: 40 }), (raw, indent, hang, columns) => {
      const text = printable(raw);
      const lines = wrapIndented(' '.repeat(indent) + text, columns, hang);
      for (const line of lines) assert.ok(displayWidth(line) <= columns, JSON.stringify(line));
      assert.equal(lines.join('').replaceAll(' ', ''), text.replaceAll(' ', ''));
    }),
  );
});

test('property: wrapped lines fit, and hold the whole text', () => {
  const anyText = fc.string({ unit: 'grapheme', maxLength: 60 });
  fc.assert(
    fc.property(anyText, fc.integer({ min: 2, max: 40 }), (raw, columns) => {
      const text = printable(raw);
      const lines = wrapText(text, columns);
      for (const line of lines) assert.ok(displayWidth(line) <= columns, JSON.stringify(line));
      assert.equal(lines.join('').replaceAll(' ', ''), text.replaceAll(' ', ''));
    }),
  );
});

test('property: clusters joined are the text', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => assert.equal(clustersOf(text).join(''), text)));
});

test('printable text obeys nobody', () => {
  assert.equal(printable('a\x1b[2Jb'), 'a␛[2Jb');
  assert.equal(printable('x\r\n\ty'), 'x y');
  assert.equal(printable('DEL\x7f C1\x9b2J'), 'DEL␡ C1\ufffd2J');
  assert.equal(printable('user\u202etxt.exe\u2066'), 'usertxt.exe');
  assert.equal(printable('half\ud800'), 'half\ufffd');
  assert.equal(printable('币安 👩‍💻 e\u0301 1️⃣'), '币安 👩‍💻 e\u0301 1️⃣');
});

test('property: no control, bidi or invisible character is printable', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      assert.doesNotMatch(printable(text), /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\u200b\ufeff]/);
    }),
  );
});
