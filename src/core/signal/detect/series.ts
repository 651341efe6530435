/** Names of series that alerts may look at and that are no metric of the surveillance. Holds no values. */

/** By venue and instrument: for how long its book has been no book, seconds; 0 while it is one, unknown before its first. */
export const GAP_SERIES = 'gap_duration_seconds';
