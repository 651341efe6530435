/** `switch save` as an operator sees it: what becomes of the file, what the dry run shows, what is refused. */

import assert from 'node:assert/strict';
import { chmodSync, lstatSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import fc from 'fast-check';
import { defaultSwitches } from '../../src/core/ops/control/switch-names.ts';
import { commitSwitchSave, prepareSwitchSave } from '../../src/shell/config/switches-yaml.ts';
import { writeFileAtomic } from '../../src/shell/stores/atomic-file.ts';
import { folderWith, GOLDEN, loaded, PROJECT, requestIn } from './support.ts';

const OWN = readFileSync(join(PROJECT, 'config', 'ops.yaml'), 'utf8');
const GUIDE = readFileSync(join(GOLDEN, 'guide', 'ops.yaml'), 'utf8');

type Switches = { readonly [name: string]: boolean };

/** The text after saving. */
function saved(cwd: string, switches: Switches): string {
  const request = requestIn(cwd, { flags: { config: 'ops.yaml' } });
  commitSwitchSave(prepareSwitchSave(request, new Map(Object.entries(switches))), writeFileAtomic);
  return readFileSync(join(cwd, 'ops.yaml'), 'utf8');
}

const CASES: readonly [what: string, before: string, switches: Switches, after: string][] = [
  [
    'a value, and nothing else of its line',
    'switches:\n    venues : # ours\n        "kraken_usd" :   True   # since May\n',
    { 'venue.kraken_usd': false },
    'switches:\n    venues : # ours\n        "kraken_usd" :   false   # since May\n',
  ],
  [
    'names that say disable are turned round',
    'switches: {emergency: {disable_all_scanners: false, read_only_mode: false}}',
    { 'emergency.scanners': false, 'emergency.writes': true },
    'switches: {emergency: {disable_all_scanners: true, read_only_mode: false}}',
  ],
  [
    'a key behind the last one, whose comment stays with it',
    'switches:\n  venues:\n    okx: true # first\n  # of providers\n  alerts: true\n',
    { 'venue.kraken': false },
    'switches:\n  venues:\n    okx: true # first\n    kraken: false\n  # of providers\n  alerts: true\n',
  ],
  [
    'a key in a one-line mapping',
    'switches: { providers: { kraken: { enabled: true } } } # k\n',
    { 'provider.kraken.rest': false },
    'switches: { providers: { kraken: { enabled: true, allow_rest: false } } } # k\n',
  ],
  ['a key in an empty one', '{}\n', { publish: false }, '{ switches: { publish: false } }\n'],
  [
    'a mapping that was not there, in a file without a last line end',
    '# mine\nlog:\n  level: info',
    { 'detector.squeeze': false },
    '# mine\nlog:\n  level: info\nswitches:\n  detectors:\n    squeeze: false',
  ],
  [
    'a provider that was not listed: what was not turned on stays off',
    'switches:\n  alerts: true\n\n# end\n',
    { 'provider.okx.websocket': true },
    'switches:\n  alerts: true\n  providers:\n    okx:\n      enabled: false\n      allow_websocket: true\n      allow_rest: false\n\n# end\n',
  ],
  [
    'a mapping over several lines',
    'switches:\n  venues: {\n    okx: true, # one\n  }\nlog: {}\n',
    { 'venue.kraken': true },
    'switches:\n  venues: {\n    okx: true, kraken: true, # one\n  }\nlog: {}\n',
  ],
  [
    'line ends and the byte order mark of other systems',
    '\ufeffswitches:\r\n  alerts: true\r\n',
    { alerts: false, publish: false },
    '\ufeffswitches:\r\n  alerts: false\r\n  publish: false\r\n',
  ],
  [
    'further documents',
    'log: {}\n---\ninstruments: {}\n',
    { alerts: false },
    'log: {}\nswitches:\n  alerts: false\n---\ninstruments: {}\n',
  ],
];

test('saving changes this and no more', (t) => {
  for (const [what, before, switches, after] of CASES) {
    const cwd = folderWith(t, { 'ops.yaml': before });
    assert.equal(saved(cwd, switches), after, what);
    const { ops } = loaded(requestIn(cwd, { flags: { config: 'ops.yaml' } }));
    const states = defaultSwitches(ops.switches);
    for (const [name, isOn] of Object.entries(switches)) assert.equal(states.get(name), isOn, `${what}: ${name}`);
  }
});

/** All names that the two files or venues.yaml know. */
const NAMES = [
  ...[
    'emergency.scanners',
    'emergency.live_data',
    'emergency.writes',
    'alerts',
    'publish',
    'detector.a',
    'detector.b.c',
  ],
  ...['kraken', 'binance', 'coinbase', 'okx'].flatMap((name) => [
    `provider.${name}.enabled`,
    `provider.${name}.websocket`,
    `provider.${name}.rest`,
    `venue.${name}_usd`,
  ]),
];
const settings = fc.dictionary(fc.constantFrom(...NAMES), fc.boolean(), { minKeys: 1, maxKeys: 6 });

test('any settings: they hold afterwards, all else holds as before, and every line that had no switch is untouched', (t) => {
  fc.assert(
    fc.property(fc.constantFrom(OWN, GUIDE), settings, (before, switches) => {
      const cwd = folderWith(t, { 'ops.yaml': before });
      const request = requestIn(cwd, { flags: { config: 'ops.yaml' } });
      const old = loaded(request).ops;
      const after = saved(cwd, switches);
      const now = loaded(request).ops;
      const known = { providers: ['kraken', 'binance', 'coinbase', 'okx'] };
      const expected = new Map([...defaultSwitches(old.switches, known), ...Object.entries(switches)]);
      const states = defaultSwitches(now.switches, known);
      assert.deepEqual(new Map([...expected].sort()), new Map([...states].sort()));
      assert.deepEqual({ ...now, switches: null }, { ...old, switches: null });
      for (const line of addedLines(before, after)) assert.match(line, /^ +[\w.]+:(?: true| false)?$/);
    }),
    { numRuns: 60 },
  );
});

/** Lines that were added; a failure when a line of before is not there any more, but for its booleans and keys in `{}`. */
function addedLines(before: string, after: string): string[] {
  const left = before.split('\n');
  const added = after.split('\n').filter((line) => {
    if (left[0] === undefined || bare(line) !== bare(left[0])) return true;
    left.shift();
    return false;
  });
  assert.deepEqual(left, [], 'lines are missing, or changed in more than a boolean');
  return added;
}

function bare(line: string): string {
  const withoutSwitches = (flow: string) => flow.replaceAll(/[\w.]+: (?:true|false)|[ ,]/g, '');
  return line.replace(/\{.*\}/, withoutSwitches).replaceAll(/\b(?:true|false)\b/g, '?');
}

test('what is so already changes no byte and shows no diff', (t) => {
  const text = 'switches: { alerts: True, publish: FALSE }\n';
  const request = requestIn(folderWith(t, { 'ops.yaml': text }), { flags: { config: 'ops.yaml' } });
  const same = new Map([
    ['alerts', true],
    ['publish', false],
  ]);
  const { diff, after } = prepareSwitchSave(request, same);
  assert.deepEqual([diff, after], ['', text]);
});

test('the dry run shows what `diff -u` would', (t) => {
  const cwd = folderWith(t, { 'config/ops.yaml': GUIDE, ...otherSections() });
  const switches = new Map([
    ['emergency.scanners', false],
    ['provider.kraken.rest', false],
    ['venue.okx_usd', true],
  ]);
  const { diff } = prepareSwitchSave(requestIn(cwd), switches);
  assert.equal(
    diff,
    `--- config/ops.yaml
+++ config/ops.yaml
@@ -37,7 +37,7 @@
 
 switches:
   emergency:
-    disable_all_scanners: false
+    disable_all_scanners: true
     disable_live_data: false
     read_only_mode: false
     
@@ -45,8 +45,9 @@
     kraken:
       enabled: true
       allow_websocket: true
-      allow_rest: true
+      allow_rest: false
       
   venues:
     kraken_usd: true
     binance_usd: true
+    okx_usd: true
`,
  );
  assert.equal(readFileSync(join(cwd, 'config/ops.yaml'), 'utf8'), GUIDE);
});

function otherSections(): { [path: string]: string } {
  const read = (name: string) => readFileSync(join(PROJECT, 'config', name), 'utf8');
  return { 'config/venues.yaml': read('venues.yaml'), 'config/instruments.yaml': read('instruments.yaml') };
}

test('mode and link stay; what the link points to is what changes', (t) => {
  const cwd = folderWith(t, { 'managed/real.yaml': 'switches: { alerts: true }\n' });
  chmodSync(join(cwd, 'managed/real.yaml'), 0o640);
  symlinkSync('managed/real.yaml', join(cwd, 'ops.yaml'));
  assert.equal(saved(cwd, { alerts: false }), 'switches: { alerts: false }\n');
  assert.ok(lstatSync(join(cwd, 'ops.yaml')).isSymbolicLink());
  assert.equal(statSync(join(cwd, 'managed/real.yaml')).mode & 0o777, 0o640);
});

const REFUSALS: readonly [what: string, text: string, name: string, code: string, message: RegExp][] = [
  ['a file with a problem', 'log: { level: 3 }\n', 'alerts', 'bad_config', /^ops\.yaml:1:15 log\.level: wanted/],
  ['an emptied file', '', 'alerts', 'bad_config', /wanted a mapping/],
  ['a name that is no switch', '{}\n', 'alarms', 'usage', /^alarms: is no switch$/],
  ['a provider that is not in venues.yaml', '{}\n', 'provider.krakn.rest', 'precondition_failed', /by hand/],
  [
    'a value that others share',
    'switches: { alerts: &on true, publish: *on }\n',
    'alerts',
    'precondition_failed',
    /^ops\.yaml switches\.alerts: stands under an anchor/,
  ],
  [
    'a mapping that others share',
    'switches:\n  providers:\n    okx: &p { enabled: true }\n    kraken: *p\n',
    'provider.kraken.rest',
    'precondition_failed',
    /anchor/,
  ],
];

test('what cannot be saved is refused in words, and the file stays', (t) => {
  for (const [what, text, name, code, message] of REFUSALS) {
    const cwd = folderWith(t, { 'ops.yaml': text });
    assert.throws(() => saved(cwd, { [name]: false }), { code, message }, what);
    assert.equal(readFileSync(join(cwd, 'ops.yaml'), 'utf8'), text, what);
  }
});

test('the configuration of the package is not the operator’s to write', (t) => {
  assert.throws(() => prepareSwitchSave(requestIn(folderWith(t, {})), new Map([['alerts', false]])), {
    code: 'precondition_failed',
    message: /copy/,
  });
});

test('a file that somebody changed meanwhile is left as they made it', (t) => {
  const cwd = folderWith(t, { 'ops.yaml': '{}\n' });
  const save = prepareSwitchSave(requestIn(cwd, { flags: { config: 'ops.yaml' } }), new Map([['alerts', false]]));
  writeFileSync(join(cwd, 'ops.yaml'), 'log: { level: debug }\n');
  assert.throws(() => commitSwitchSave(save, writeFileAtomic), { code: 'precondition_failed', message: /meanwhile/ });
  assert.equal(readFileSync(join(cwd, 'ops.yaml'), 'utf8'), 'log: { level: debug }\n');
});
