/** What notifications are configured by. Declared in core, because the room that reads config and this one do not know each other. */

export type {
  NotifyConfig,
  ReceiverAuth,
  ReceiverConfig,
  ReceiverKind,
  ReceiverSigning,
  RouteConfig,
  ValueSource,
} from '../../core/signal/detect/notify-config.ts';
