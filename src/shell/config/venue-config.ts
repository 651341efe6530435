/** One venue of config/venues.yaml after loading: what the core's feeds are told of it, no more and no less. Holds no code. */

export type { VenueFeedConfig as VenueConfig } from '../../core/feed/feed-config.ts';
