/** `token create|list|revoke`. Sees a secret only when it makes one, and keeps none. */

import { standingOf } from '../../../core/ops/control/authority.ts';
import { cell, left } from '../../../core/render/cells.ts';
import { instantText, knownIsoText } from '../../../core/render/value-text.ts';
import type { CliContext } from '../../context.ts';
import { durationMs } from '../duration.ts';
import type { Outside } from '../outside.ts';
import type { ChangeOptions } from '../shared-options.ts';
import type { CreateTokenOptions, ListTokenOptions } from '../token-command.ts';
import { atDesk, perform, requestOf } from './desk.ts';
import { anchorJson } from './json.ts';
import { printJson, printTable } from './print.ts';
import { atReadingDesk } from './reading-desk.ts';

/** The secret is alone on stdout, so that it can go into a file. */
export async function createToken(options: CreateTokenOptions, context: CliContext, outside: Outside): Promise<void> {
  const ttlMs = durationMs('--ttl', options.ttl);
  await atDesk(options, context, outside, async (desk) => {
    const { newToken } = await import('../../stores/control/tokens.ts');
    const { id, secret, hash } = newToken();
    const { role } = options;
    const request = await requestOf(desk, { kind: 'create_token', id, role, hash, ttlMs }, options, context);
    const { snapshot } = perform(desk, request, 'token', context);
    const { expiresAtMs } = snapshot.document.tokens.find((token) => token.id === id)!;
    if (options.format === 'json') {
      const token = { id, role, expiresAt: knownIsoText(expiresAtMs), secret };
      printJson({ schema: 'cryptorun.token/v1', changed: true, token, audit: anchorJson(snapshot.auditHead) }, context);
      return;
    }
    context.stdout.write(`${secret}\n`);
    context.stderr.write(`made token ${id}, role ${role}, good until ${instantText(expiresAtMs)}\n`);
    context.stderr.write(
      `the secret is shown only this once; to take it back: cryptorun token revoke ${id} --reason TEXT\n`,
    );
  });
}

export async function listTokens(options: ListTokenOptions, context: CliContext, outside: Outside): Promise<void> {
  await atReadingDesk(options, context, async ({ snapshot }) => {
    const nowMs = outside.nowMs();
    const tokens = snapshot.document.tokens.map((token) => ({ ...token, state: standingOf(token, nowMs) }));
    if (options.format === 'json') {
      const shown = tokens.map(({ id, role, state, createdAtMs, expiresAtMs, revokedAtMs }) => ({
        id,
        role,
        state,
        createdAt: knownIsoText(createdAtMs),
        expiresAt: knownIsoText(expiresAtMs),
        revokedAt: knownIsoText(revokedAtMs),
      }));
      printJson({ schema: 'cryptorun.tokens/v1', tokens: shown }, context);
      return;
    }
    const columns = [
      left('Token', 12),
      left('Role', 8),
      left('State', 7),
      left('Made (UTC)', 10),
      left('Good until', 10),
    ];
    const rows = tokens.map(({ id, role, state, createdAtMs, expiresAtMs }) => [
      cell(id),
      cell(role),
      cell(state, state === 'valid' ? 'good' : 'muted'),
      cell(shortInstant(createdAtMs)),
      cell(shortInstant(expiresAtMs)),
    ]);
    await printTable(columns, rows, 'no tokens; the first admin token needs no other: cryptorun token create', context);
  });
}

/** Without the zone, which the column's header says. */
function shortInstant(ms: number): string {
  return instantText(ms).replace(' UTC', '');
}

export async function revokeToken(
  id: string,
  options: ChangeOptions,
  context: CliContext,
  outside: Outside,
): Promise<void> {
  await atDesk(options, context, outside, async (desk) => {
    const request = await requestOf(desk, { kind: 'revoke_token', id }, options, context);
    const { isChanged, revision, snapshot } = perform(desk, request, 'token', context);
    if (options.format === 'json') {
      const audit = anchorJson(snapshot.auditHead);
      printJson({ schema: 'cryptorun.token-change/v1', changed: isChanged, id, revision, audit }, context);
      return;
    }
    context.stdout.write(
      isChanged ? `revoked token ${id}, revision ${revision}\n` : `nothing changed: ${id} was revoked already\n`,
    );
  });
}
