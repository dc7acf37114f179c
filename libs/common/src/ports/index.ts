export type { Bus, BusRecord, Delivery, SubscribeOptions, Subscription, TopicLag, TopicSpec } from './bus.port.ts';
export type { AcceptRecord, Completion, Replies, RequestState, RequestView } from './replies.port.ts';
export type { AddPart, AddPartResult, JoinKey, JoinLease, JoinPart, JoinStore } from './join-store.port.ts';
export type { PayloadStore } from './payload-store.port.ts';
export type { Fleet, WorkerReport, WorkerState } from './fleet.port.ts';
export type { CancelTimer, Clock } from './clock.port.ts';
export type { Random } from './random.port.ts';
export type { LoadedPipeline, PipelineSource } from './pipeline-source.port.ts';
export type { Log, LogFields, LogLevel } from './telemetry.port.ts';
