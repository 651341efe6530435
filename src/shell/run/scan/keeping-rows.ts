/** Alerts as status rows, with who is told of them and what is kept of the run. Reads only. */

import { type StatusRow, statusRow } from '../../../core/ops/status.ts';
import type { ReceiverStatus } from '../../notify/deliverer.ts';
import type { HistoryState } from '../../stores/history/history-writer.ts';
import type { ScanRun } from './scan-run.ts';

export function keepingRows({ scanner, keeping: { alerts, history } }: ScanRun): StatusRow[] {
  const { receivers, unstored, lost, isToldFromMemory, problem } = alerts.status();
  return [
    ...(scanner.signal?.rows(scanner.instruments) ?? []),
    ...receivers.map(receiverRow),
    ...(problem === null && lost === 0 ? [] : [storeRow(unstored, lost, isToldFromMemory, problem)]),
    ...(history === null ? [] : [historyRow(history.state)]),
  ];
}

/** A receiver that cannot be told is the worst time to keep quiet about it. */
function receiverRow({ receiver, waiting, failing, dead, problem, target }: ReceiverStatus): StatusRow {
  const parts = [target, dead === 0 ? '' : `${dead} given up`, problem ?? ''];
  return statusRow({
    category: 'alert',
    name: 'receiver',
    part: receiver,
    value: waiting,
    unit: 'count',
    status: failing > 0 ? 'CRITICAL' : dead > 0 ? 'WARN' : 'OK',
    message: parts.filter((part) => part !== '').join(', '),
  });
}

function storeRow(unstored: number, lost: number, isToldFromMemory: boolean, problem: string | null): StatusRow {
  const gone = lost === 0 ? '' : `, ${lost} lost`;
  const now = problem === null ? '' : `: ${problem}`;
  const told = isToldFromMemory ? 'new alerts are told from memory' : 'so nobody is told of them';
  const message = `changes that are not stored, ${told}${gone}${now}`;
  const status = 'CRITICAL';
  return statusRow({
    category: 'alert',
    name: 'receiver',
    part: 'store',
    value: unstored,
    unit: 'count',
    status,
    message,
  });
}

function historyRow({ queuedRows, droppedRows, problem }: HistoryState): StatusRow {
  const dropped = droppedRows === 0 ? '' : `${droppedRows} rows dropped so far`;
  const message = [dropped, problem ?? ''].filter((part) => part !== '').join(': ');
  const status = problem !== null || droppedRows > 0 ? 'WARN' : 'OK';
  return statusRow({ category: 'alert', name: 'history', value: queuedRows, unit: 'count', status, message });
}
