/** The types of config/venues.yaml after loading. A missing limit means that none is known. Holds no code. */

export interface VenueConfig {
  readonly provider: string;
  readonly websocket: {
    /** By tier; which channel needs which is the codec's knowledge. */
    readonly urls: { readonly public: string; readonly market?: string; readonly business?: string };
    readonly permessageDeflate: boolean;
    readonly maxMessageBytes: number;
  };
  readonly rest: {
    readonly url: string;
    readonly timeoutMs: number;
    /** Weight units in one window. */
    readonly weight?: number;
    readonly weightWindowSeconds: number;
    /** Venues that name the same pool share one budget. */
    readonly weightPool?: string;
    /** Levels a side; absent where books come by WebSocket alone. */
    readonly depthSnapshotLevels?: number;
    readonly depthSnapshotWeight: number;
  };
  /** Depths one can subscribe to; absent where there is no choice. */
  readonly depthLevels?: readonly number[];
  readonly limits: {
    readonly messagesPerSecond?: number;
    readonly streamsPerConnection?: number;
    readonly topicsPerRequest?: number;
    readonly requestBytes?: number;
    readonly subscribesPerHour?: number;
    /** Attempts per IP address in one window. */
    readonly connects?: number;
    readonly connectsWindowSeconds: number;
  };
  readonly heartbeat: {
    readonly send: 'none' | 'json_ping' | 'text_ping';
    readonly sendIntervalMs: number;
    readonly silenceTimeoutMs: number;
    readonly ackTimeoutMs: number;
    readonly firstDataTimeoutMs: number;
  };
  readonly reconnect: {
    readonly initialMs: number;
    readonly capMs: number;
    readonly minIntervalMs: number;
    readonly resetAfterMs: number;
    readonly rotateAfterMs?: number;
    readonly rotateJitterMs: number;
  };
}
