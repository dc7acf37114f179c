export { Join, joinId } from './join.ts';
export type { JoinedParts, JoinOptions } from './join.ts';
export { lastPublishedAtMs, mergeTimings } from './merge-parts.ts';
