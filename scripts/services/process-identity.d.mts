export interface NotedProcess {
  readonly pid: number;
  readonly startTime: string | undefined;
}
export function startTimeOf(pid: number): string | undefined;
export function isRunning(noted: NotedProcess): boolean;
export function endProcess(noted: NotedProcess, graceMs?: number): Promise<void>;
