/** What the alert store asks of `control.db`, one statement a question. Runs none. */

import type Database from 'libsql';
import { SELECT_AUDIT } from '../control/sqlite/control-schema.ts';
import type { SqliteFile } from '../control/sqlite/sqlite-file.ts';

/** `?` in the order in which the store gives them. */
export const ALERT_SQL = {
  active: `SELECT record FROM alerts WHERE state <> 'resolved' ORDER BY begun_at_ms, id LIMIT ?`,
  // Of the rows that a maximum is taken over, SQLite gives the other columns of the one that has it.
  recent: `SELECT record, max(begun_at_ms) AS newest FROM alerts
    WHERE state = 'resolved' AND key NOT IN (SELECT key FROM alerts WHERE state <> 'resolved')
    GROUP BY key ORDER BY newest DESC, key LIMIT ?`,
  newestActive: `SELECT record FROM alerts WHERE state <> 'resolved' ORDER BY begun_at_ms DESC, id LIMIT ?`,
  newest: 'SELECT record FROM alerts ORDER BY begun_at_ms DESC, id LIMIT ?',
  putAlert: `INSERT INTO alerts (id, key, state, begun_at_ms, record) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET state = excluded.state, record = excluded.record`,
  drop: 'DELETE FROM alerts WHERE id = ?',
  silences: 'SELECT record FROM silences ORDER BY id',
  clearSilences: 'DELETE FROM silences',
  putSilence: 'INSERT INTO silences (id, record) VALUES (?, ?)',
  progress: 'SELECT last_order FROM alert_progress WHERE id = 1',
  setProgress: 'UPDATE alert_progress SET last_order = ? WHERE id = 1',
  audit: SELECT_AUDIT,

  tell: `INSERT INTO outbox (receiver, event, alert, dedup_key, state, record, created_at_ms, next_attempt_at_ms)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (receiver, event) DO NOTHING`,
  told: `SELECT DISTINCT receiver FROM outbox WHERE alert = ? AND outcome <> 'dead' ORDER BY receiver`,
  due: `SELECT id, event, dedup_key, state, record, created_at_ms, attempts, next_attempt_at_ms FROM outbox
    WHERE id IN (SELECT min(id) FROM outbox WHERE outcome = 'waiting' AND receiver = ? GROUP BY dedup_key)
      AND next_attempt_at_ms <= ?
    ORDER BY id LIMIT ?`,
  idOf: 'SELECT id FROM outbox WHERE receiver = ? AND event = ?',
  standing: `SELECT record FROM alerts
    WHERE state = 'firing' AND id IN (SELECT alert FROM outbox WHERE receiver = ? AND outcome = 'delivered')
    ORDER BY begun_at_ms, id`,
  settled: `UPDATE outbox SET outcome = ?, reason = ?, settled_at_ms = ?, attempts = attempts + 1
    WHERE id = ? AND outcome = 'waiting'`,
  failed: `UPDATE outbox SET reason = ?, next_attempt_at_ms = ?, attempts = attempts + 1
    WHERE id = ? AND outcome = 'waiting'`,
  queues: `SELECT receiver, sum(waiting), sum(failing), sum(dead), min(oldest),
      (SELECT reason FROM outbox o WHERE o.receiver = q.receiver AND o.reason IS NOT NULL ORDER BY id DESC LIMIT 1)
    FROM (
      SELECT receiver, count(*) AS waiting, sum(attempts > 0) AS failing, 0 AS dead, min(created_at_ms) AS oldest
      FROM outbox WHERE outcome = 'waiting' GROUP BY receiver
      UNION ALL
      SELECT receiver, 0, 0, count(*), NULL FROM outbox WHERE outcome = 'dead' GROUP BY receiver) q
    GROUP BY receiver ORDER BY receiver`,

  capWaiting: `UPDATE outbox SET outcome = 'dead', reason = ?, settled_at_ms = ? WHERE id IN (
      SELECT id FROM (
        SELECT id, row_number() OVER (PARTITION BY receiver ORDER BY id DESC) AS place FROM outbox WHERE outcome = 'waiting')
      WHERE place > ?)`,
  // What belongs to an alert that is still on is kept: who was told of it is told of its end.
  pruneOutbox: `DELETE FROM outbox WHERE outcome <> 'waiting'
    AND id NOT IN (SELECT id FROM outbox WHERE outcome <> 'waiting' ORDER BY id DESC LIMIT ?)
    AND alert NOT IN (SELECT id FROM alerts WHERE state <> 'resolved')
    AND alert NOT IN (SELECT alert FROM outbox WHERE outcome = 'waiting')`,
  pruneAlerts: `DELETE FROM alerts WHERE state = 'resolved'
    AND id NOT IN (SELECT id FROM alerts WHERE state = 'resolved' ORDER BY begun_at_ms DESC LIMIT ?)`,
} as const;

export type AlertStatements = { readonly [name in keyof typeof ALERT_SQL]: Database.Statement };

/** Prepares each; those that read give rows as arrays. */
export function prepareAll(db: SqliteFile, sql: typeof ALERT_SQL): AlertStatements {
  const entries = Object.entries(sql).map(([name, text]) => {
    const statement = db.prepare(text);
    return [name, text.startsWith('SELECT') ? statement.raw() : statement] as const;
  });
  return Object.fromEntries(entries) as unknown as AlertStatements;
}
