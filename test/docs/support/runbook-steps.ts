/** What each line of the runbooks must print, and what happens around it. Runs nothing. */

/**
 * - `run`: typed as it stands; exits as its comment says (0 without one) and prints a line like this. `scanner`: what the
 *   running scanner then says, or that it ends
 * - `until_ctrl_c`: the same, but it goes on until Ctrl-C, which makes it exit with 130
 * - `not_here`: only looked at by `sh -n`, for the reason that it gives
 * - `event`: what happens in the story beside the lines
 */
export type Step =
  | { readonly kind: 'run'; readonly line: string; readonly prints: RegExp; readonly scanner?: RegExp | 'ends' }
  | { readonly kind: 'until_ctrl_c'; readonly line: string; readonly prints: RegExp }
  | { readonly kind: 'not_here'; readonly line: string; readonly why: string }
  | { readonly kind: 'event'; readonly event: RunbookEvent; readonly why: string };

/**
 * - `fresh_home`: a new home with a running scanner, as at the beginning
 * - `scanner_started`: a scanner in the home as it is
 * - `control_lost`: a backup is made, then `control.db` is emptied
 */
export type RunbookEvent = 'fresh_home' | 'scanner_started' | 'control_lost';

const run = (line: string, prints: RegExp, scanner?: RegExp | 'ends'): Step =>
  scanner === undefined ? { kind: 'run', line, prints } : { kind: 'run', line, prints, scanner };
const event = (what: RunbookEvent, why: string): Step => ({ kind: 'event', event: what, why });
const notHere = (line: string, why: string): Step => ({ kind: 'not_here', line, why });

const NOTHING = /^$/;
const NO_SYSTEMD = 'would change the services of the machine that runs the test; the units are tested by themselves';

const KILL_SWITCH: readonly Step[] = [
  event('fresh_home', 'all is well'),
  run(
    'npx cryptorun killswitch activate --reason "odd prices on Kraken"',
    /^ENGAGED the kill switch at kill, by .*: odd prices on Kraken\n[\s\S]*^the scanner pid \d+ .* has confirmed it, /m,
    /^kill switch: engaged at kill: odd prices on Kraken$/m,
  ),
  event('fresh_home', 'another way to the same'),
  run('touch artifacts/state/KILL', NOTHING, /^kill switch: engaged at kill: KILL file touched$/m),
  event('fresh_home', 'another way to the same'),
  run('kill -USR2 PID', NOTHING, /^kill switch: engaged at kill: SIGUSR2$/m),
  event('fresh_home', 'a milder level does not replace a harsher one'),
  run(
    'npx cryptorun killswitch activate --level pause --reason "checking a bad feed"',
    /^ENGAGED the kill switch at pause/m,
    /^kill switch: engaged at pause: checking a bad feed$/m,
  ),
  run(
    'npx cryptorun killswitch activate --level drain --reason "machine is short of memory"',
    /^ENGAGED the kill switch at drain/m,
    /^kill switch: engaged at drain: machine is short of memory$/m,
  ),
  run('npx cryptorun killswitch status', /^ENGAGED at drain since .*\n {2}by .* \(command\): machine is short/m),
  run('npx cryptorun killswitch status -o json', /^ {2}"active": true,$/m),
  run('npx cryptorun audit tail', /engage_kill_switch/),
  run('kill PID', NOTHING, 'ends'),
  run('npx cryptorun killswitch check', /^│ audit_chain +│ ✅yes +│ the audit chain verifies +│$/m),
  run(
    '(umask 077; npx cryptorun token create --role admin --ttl 1h --reason "release after incident" > admin.token)',
    /^made token \w+, role admin/m,
  ),
  run(
    'npx cryptorun killswitch deactivate --reason "feed is sane again" --confirm release --token-file admin.token',
    /^released the kill switch; 8 checks passed$/m,
  ),
  run('rm admin.token', NOTHING),
  run('npx cryptorun killswitch status', /^released \(since /m),
  event('scanner_started', 'step 6 says so'),
  {
    kind: 'until_ctrl_c',
    line: 'npx cryptorun ops status --watch',
    prints: /^\{.*"category":"trigger","name":"memory".*"value":"(?:dis)?armed"/m,
  },
];

const OFF_LIVE_DATA = 'npx cryptorun switch off emergency.live_data --reason "exchange incident"';
const ON_KRAKEN = 'npx cryptorun switch on venue.kraken_usd --reason "maintenance is over" --expect off';

const SWITCHES: readonly Step[] = [
  event('fresh_home', 'all is well'),
  run('npx cryptorun switch list', /^│ provider\.kraken\.rest +│ ✅ON +│ ON +│$/m),
  run('npx cryptorun switch list --stale', /^no setting is stale$/m),
  run('npx cryptorun switch get provider.kraken.rest', /^on$/m),
  run('npx cryptorun switch history provider.kraken.rest', /^provider\.kraken\.rest was never changed/m),
  run(
    'npx cryptorun switch off venue.kraken_usd --reason "maintenance at Kraken" --for 30m',
    /^turned off venue\.kraken_usd until .* UTC \(was on\)/m,
  ),
  run(
    'npx cryptorun switch off provider.kraken.rest --reason "418 from Kraken" --wait',
    /^turned off provider\.kraken\.rest \(was on\)[\s\S]*^the scanner pid \d+ .* has confirmed it, /m,
  ),
  run(`${OFF_LIVE_DATA} --dry-run`, /^would turn off emergency\.live_data \(was on\)$/m),
  run(`${OFF_LIVE_DATA} --dry-run --detailed-exitcode`, /^would turn off emergency\.live_data \(was on\)$/m),
  run(`${OFF_LIVE_DATA} --wait`, /^turned off emergency\.live_data \(was on\)/m),
  run('npx cryptorun switch on provider.kraken.rest --reason "ban is over"', /^turned on provider\.kraken\.rest/m),
  run(ON_KRAKEN, /^turned on venue\.kraken_usd \(was off\)/m),
  run(ON_KRAKEN, /venue\.kraken_usd is on/),
  run(
    'npx cryptorun switch on emergency.live_data --reason "exchange is back"',
    /^refused: emergency\.live_data: .* needs the role operator/m,
  ),
  run(
    '(umask 077; npx cryptorun token create --role admin --ttl 8h --reason "first token" > admin.token)',
    /^made token \w+, role admin/m,
  ),
  run(
    '(umask 077; npx cryptorun token create --role operator --ttl 30d --reason "night shift" --token-file admin.token > operator.token)',
    /^made token \w+, role operator/m,
  ),
  run(
    'npx cryptorun switch on emergency.live_data --reason "exchange is back" --token-file operator.token --wait',
    /^turned on emergency\.live_data \(was off\)[\s\S]*has confirmed it/m,
  ),
  run('npx cryptorun token list', /^│ \w+ +│ operator +│ valid +│/m),
  run('npx cryptorun switch off alerts --reason "no alerting before June"', /^turned off alerts \(was on\)/m),
  run('npx cryptorun switch diff', /^│ alerts +│ ❌OFF +│ ON +│/m),
  run('npx cryptorun switch save --reason "keep it" --dry-run', /^\+ +alerts: false$/m),
  run('npx cryptorun switch save --reason "keep it"', /^\+ +alerts: false$/m),
  run('npx cryptorun breaker list', /^│ kraken\.rest +│ ✅closed +│/m),
  run('npx cryptorun breaker isolate kraken.rest --reason "answers nonsense" --wait', /^isolated kraken\.rest/m),
  run(
    'npx cryptorun breaker release kraken.rest --reason "sane again" --token-file operator.token',
    /^released kraken\.rest/m,
  ),
  run('npx cryptorun ops mode', /^normal$/m),
  run(
    'npx cryptorun ops mode observe --reason "watching a new venue" --wait',
    /^changed the mode from normal to observe/m,
  ),
  run(
    'npx cryptorun ops mode normal --reason "it looks well" --token-file operator.token',
    /^changed the mode from observe to normal/m,
  ),
];

const STATE_RECOVERY: readonly Step[] = [
  event('fresh_home', 'all is well'),
  event('control_lost', 'the runbook begins with a damaged state'),
  run('npx cryptorun state doctor', /^│ document +│ 🔴CRITICAL +│ cannot use/m),
  run('npx cryptorun audit verify', /^export: intact, \d+ records?, head \d+:[0-9a-f]{64}$/m),
  run('kill PID', NOTHING, 'ends'),
  run('cp -a artifacts/state artifacts/state-broken', NOTHING),
  run(
    '(umask 077; npx cryptorun state restore --from-audit --confirm restore --reason "control.db is damaged" > admin.token)',
    /^restored .*; the kill switch stays ENGAGED, all earlier tokens are void$/m,
  ),
  run(
    '(umask 077; npx cryptorun state restore --from BACKUP/control.db --confirm restore --reason "disk lost" > admin.token)',
    /^restored .*; the kill switch stays ENGAGED, all earlier tokens are void$/m,
  ),
  run('npx cryptorun audit verify', /^store: intact, \d+ records, /m),
  run('npx cryptorun audit tail', /break_glass/),
  run('npx cryptorun state doctor', /^│ document +│ ✅OK +│ revision \d+, mode normal, kill switch engaged/m),
  run('npx cryptorun killswitch check', /^│ audit_chain +│ ✅yes +│ the audit chain verifies +│$/m),
  run(
    'npx cryptorun killswitch deactivate --reason "state restored and looked over" --confirm release --token-file admin.token',
    /^released the kill switch; 8 checks passed$/m,
  ),
  run('rm admin.token', NOTHING),
  run('cp -a artifacts/state BACKUP', NOTHING),
];

const CRON_AND_SYSTEMD: readonly Step[] = [
  event('fresh_home', 'all is well'),
  run('npx cryptorun ops status -q --output artifacts/ops', /^no live scanner, only a replay \(frames\)$/m),
  run('npx cryptorun ops prune --dry-run', /^would remove 0 snapshots /m),
  run('npx cryptorun ops prune', /^removed 0 snapshots /m),
  notHere('sudo systemctl enable --now cryptorun-scan.service', NO_SYSTEMD),
  notHere('systemctl status cryptorun-scan', NO_SYSTEMD),
  notHere('sudo systemctl reload cryptorun-scan', NO_SYSTEMD),
  notHere('journalctl -u cryptorun-scan --since today', NO_SYSTEMD),
  notHere('sudo systemctl enable --now cryptorun-status.timer cryptorun-prune.timer', NO_SYSTEMD),
  notHere("systemctl list-timers 'cryptorun-*'", NO_SYSTEMD),
  notHere('journalctl -u cryptorun-status -u cryptorun-prune --since today', NO_SYSTEMD),
  run('npx cryptorun ops status --check', /^CRYPTORUN UNKNOWN - no live scanner, only a replay \(frames\)/m),
];

/** Of each file of docs/runbooks, every line of its shell blocks, in order. */
const ALERTS: readonly Step[] = [
  event('fresh_home', 'a scanner without alerts: a recording'),
  run('npx cryptorun alerts list', /^no alerts: nothing is pending or firing$/m),
  run('npx cryptorun alerts list --all', /^no alerts so far$/m),
  run('npx cryptorun ops status', /KEY PERFORMANCE INDICATORS/),
  run(
    'npx cryptorun alerts silence type=spread_warning venue=okx --for 1h --reason "maintenance window"',
    /^silenced type=spread_warning venue=okx until .* UTC, as [0-9a-f]{8}$/m,
  ),
  run('npx cryptorun alerts silences', /^no silences$/m),
  run(
    'npx cryptorun switch off detector.depth_drop --reason "too noisy today" --for 8h',
    /^turned off detector\.depth_drop until .* UTC \(was on\)/m,
  ),
  run(
    'npx cryptorun switch off alerts --reason "moving the receivers" --for 10m --wait',
    /^turned off alerts until .* UTC \(was on\)[\s\S]*has confirmed it/m,
  ),
  run('npx cryptorun switch on alerts --reason "moved" --wait', /^turned on alerts \(was off\)/m),
  run('npx cryptorun notify list', /^│ console +│ console +│ console +│ everything +│ +0 │/m),
  run('npx cryptorun notify test console', /^console \(console\): told, \d+ ms$/m),
  run('npx cryptorun history alerts --from -24h --group-by type', /^there is no history yet: /m),
  run('npx cryptorun state size', /control\.db/),
];

export const RUNBOOKS: Readonly<Record<string, readonly Step[]>> = {
  'alerts.md': ALERTS,
  'cron-and-systemd.md': CRON_AND_SYSTEMD,
  'kill-switch.md': KILL_SWITCH,
  'state-recovery.md': STATE_RECOVERY,
  'switches.md': SWITCHES,
};
