/** What the feed room must be told of each venue: where it is, what it allows, how patient to be with it. Types only. */

/**
 * One venue of config/venues.yaml. A missing limit means that none is known. Durations in ms unless the name says otherwise.
 */
export interface VenueFeedConfig {
  readonly provider: string;
  readonly websocket: {
    /** By tier; which channel needs which is the dialect's knowledge. */
    readonly urls: { readonly public: string; readonly market?: string; readonly business?: string };
    readonly permessageDeflate: boolean;
    readonly maxMessageBytes: number;
    /** From asking for a connection to its opening. */
    readonly handshakeTimeoutMs: number;
  };
  readonly rest: {
    readonly url: string;
    readonly timeoutMs: number;
    /** Weight units in one window. */
    readonly weight?: number;
    readonly weightWindowSeconds: number;
    /** Venues that name the same pool share one budget; absent: the venue has its own. */
    readonly weightPool?: string;
    /** Levels a side; absent where books come by WebSocket alone. */
    readonly depthSnapshotLevels?: number;
    readonly depthSnapshotWeight: number;
    /** Share of the weight that the feed itself may use, so that people and other programs keep some. */
    readonly weightShareRatio: number;
    /** Least time between two depth snapshots, so that a start with many symbols is spread out. */
    readonly snapshotSpacingMs: number;
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
    /** How long a ban is waited out that does not say how long it is; absent in journals of older versions: 600. */
    readonly banSeconds?: number;
  };
  readonly heartbeat: {
    readonly send: 'none' | 'json_ping' | 'text_ping';
    readonly sendIntervalMs: number;
    /** The socket's clock: no frame at all for so long, and it is taken for dead. */
    readonly silenceTimeoutMs: number;
    /** A subscription that is not confirmed, and one that is but brings no data. */
    readonly ackTimeoutMs: number;
    readonly firstDataTimeoutMs: number;
    /** The channel's clock: no data of any instrument on a channel that had some. The instrument's: none of one stream. */
    readonly channelSilenceMs: number;
    readonly instrumentSilenceMs: number;
    /** A stream that is refused or silent is asked for again after the first, then twice as long, up to the second. */
    readonly resubscribeInitialMs: number;
    readonly resubscribeCapMs: number;
  };
  readonly reconnect: {
    readonly initialMs: number;
    readonly capMs: number;
    readonly minIntervalMs: number;
    /** Data must have flowed so long before the next loss begins at `initialMs` again. */
    readonly resetAfterMs: number;
    readonly rotateAfterMs?: number;
    readonly rotateJitterMs: number;
  };
  readonly fallback: {
    /** A venue whose sockets are down so long is polled over REST, if its dialect can; 0: never. */
    readonly afterMs: number;
    readonly pollIntervalMs: number;
  };
  /** Of live books whose base is a requested snapshot. Absent: none is ever refreshed (journals of older versions). */
  readonly refresh?: {
    /** Asked for anew when the nearer end of what the snapshot told has come closer to the middle than this share; 0: never so. */
    readonly reachBelowRatio: number;
    /** Of one book, from one to the next. */
    readonly minIntervalMs: number;
    /** At the latest so long after the last snapshot, as a check; 0: never so. */
    readonly periodMs: number;
    /** Share of what the feed may spend that refreshes leave to resyncs. */
    readonly reserveRatio: number;
  };
}

/** What the feeds of a run start from. */
export interface FeedStart {
  /** Jitter comes from it. */
  readonly seed: string;
  /** By venue name; those whose instruments are to be scanned. */
  readonly venues: Readonly<Record<string, VenueFeedConfig>>;
}
